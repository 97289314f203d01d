"""What reviewers are told of a change, without a database. Import from `review`."""
