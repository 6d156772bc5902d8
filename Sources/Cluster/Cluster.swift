/// What other machines say and are told: the peers and the controller over ssh, the cloud over its own API.
///
/// What may enter: how to reach them, what is asked in which words, and what their answers mean. Nothing here decides what a
/// file should say (Fixups), or in which order things happen (Engine). Of Live it uses the loop and how it runs a program.
public enum Cluster {}
