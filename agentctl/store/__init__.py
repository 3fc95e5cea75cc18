"""S3 and what speaks its protocol; the one place that knows boto3."""
