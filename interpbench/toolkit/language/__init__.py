"""Language models as theorists: what they are told, how a theory is read from what they reply, and who they are."""
