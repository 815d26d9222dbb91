"""The image of the Dockerfile, and what a container engine sees of it."""
