"""Mattermost: its REST API, the proofs that its requests carry, and the requests and answers themselves."""
