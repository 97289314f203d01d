"""Changes of documents that commands leave on a branch of their own: requests, extensions. Import from `proposal`, `asking`, `extension`, `forge_links`."""
