"""The pages of the customer app. A view translates, calls once, and translates back."""
