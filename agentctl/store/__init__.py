"""Object stores: S3 and what speaks its protocol. The one place that knows boto3."""
