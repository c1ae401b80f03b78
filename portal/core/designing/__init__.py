"""Designing forms and courses of stages: changes as they are asked for on a page, as places and values of a draft."""
