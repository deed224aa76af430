"""What the explorer costs, in the kernel and in the browser, beside what others do."""
