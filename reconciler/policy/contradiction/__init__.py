"""What in policies cannot be meant, one module for each part of a policy. Import from `policy.contradictions`."""
