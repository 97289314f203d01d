"""Evidence that changes were reviewed, from where it is kept, as `model.approvals.ChangeSet`. Whether it is enough is for policy.

`provider.Provider` is the seam: `github.GitHubEvidence` asks GitHub, `signatures.SignedEvidence` reads signed trailers of merges. `history` reads what lies
between commits of the protected branch, `comments` writes to pull requests. The room that imports PyGithub, and needs it for GitHub only. Imports `model`
only.
"""
