namespace Mover.Simulation;

/// <summary>A bug that a test puts between the servers and their store.</summary>
internal enum StorePlant
{
    None,
    IgnoresFence,
    SkipsChanges,
    CommitsAgain,
}
