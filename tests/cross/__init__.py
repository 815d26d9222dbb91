"""What is shipped for other processors, under qemu's emulation of them."""
