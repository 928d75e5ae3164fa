"""`python -m gridhall …` is the same as `gridhall …`."""

from gridhall.cli import main

if __name__ == "__main__":
    main()
