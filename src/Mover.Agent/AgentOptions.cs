using Mover.Volumes.AzureBlob;

namespace Mover.Agent;

/// <summary>How an agent works on its host.</summary>
public sealed record AgentOptions
{
    /// <summary>The agent's own folder: who it is, its key, and the journals of its runs. One agent at a time works in it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// Exports and shares that the host has mounted: <c>host:/export=/local/path</c> or <c>//host/share=/local/path</c>.
    /// They are read through their local path.
    /// </summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary>
    /// Domains, hosts and addresses that get the agent's own Azure token beside Azure's, from <see cref="BlobDestinations.ReadDomain"/>.
    /// Only this host's operator names them; the control plane cannot.
    /// </summary>
    public IReadOnlyList<string> TokenDomains { get; init; } = [];

    /// <summary>True to send signatures without TLS to other machines as well.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Runs at once, 1 to 16. The upload limit is shared evenly among them.</summary>
    public int RunsMax { get; init; } = 4;

    /// <summary>Time between two reports of a run.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two beats.</summary>
    public TimeSpan BeatInterval { get; init; } = Core.AgentProtocol.AgentChannelLimits.BeatInterval;

    /// <summary>The way to a control plane with a CA, where that is not the network.</summary>
    internal Func<string, HttpMessageHandler>? Connect { get; init; }
}
