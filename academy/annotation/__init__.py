"""What is labelled: media, label sets, guidelines, tasks and their gold."""
