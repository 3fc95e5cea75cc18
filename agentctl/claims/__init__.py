"""Events become claims: who holds which work item, who lost, and who must stop."""
