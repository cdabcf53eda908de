"""Short lessons about speaking of one's work in public: written by comms, taken in a minute, one's own business."""
