"""Pictures of dashboards, drawn from the answers to their own queries; no Grafana is needed, and none imitated."""
