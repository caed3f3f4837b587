"""The audit trail beside its writing: recomputed, told as a story, watched for masses, and shortened after its keeping time."""
