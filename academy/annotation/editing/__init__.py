"""Label sets, guidelines, task sets, tasks and gold changed by hand, each change with a way back."""
