"""The browser app: state of the lab, its panels and its components. Only here is streamlit imported."""
