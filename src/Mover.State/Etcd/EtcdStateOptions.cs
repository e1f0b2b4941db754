namespace Mover.State.Etcd;

/// <summary>Which etcd holds the state, and how it is reached.</summary>
public sealed class EtcdStateOptions
{
    /// <summary>
    /// The members' client addresses, the nearest first: 1 to 16, <c>http</c> or <c>https</c>, without a path, all of one cluster.
    /// </summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>
    /// All keys of the state start with it: 1 to 64 bytes in UTF-8, the last character a slash. What the engine itself notes is kept
    /// beside it, under the same name with <c>.engine/</c> instead of the slash.
    /// </summary>
    public string Prefix { get; init; } = "mover/";

    /// <summary>A PEM file with the authorities that the members' certificates come from; null: those of this host.</summary>
    public string? AuthorityPath { get; init; }

    /// <summary>A PEM file with the certificate to show; null: none. It and its key are read anew for each connection.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>A PEM file with that certificate's key, readable by its owner only.</summary>
    public string? KeyPath { get; init; }

    /// <summary>How long watch history is kept; <see cref="StateLimits.HistoryMin"/> or more.</summary>
    public TimeSpan HistoryKept { get; init; } = StateLimits.HistoryMin;

    /// <summary>How long one member may take to answer before the next one is asked; reads give it more at each round.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the members are asked in turn before a call is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}
