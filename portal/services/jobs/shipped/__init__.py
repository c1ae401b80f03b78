"""The jobs of the portal, a module each; ``catalogue.all_jobs`` finds them by itself."""
