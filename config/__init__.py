"""Facts about the deployment. Imports nothing of ours."""
