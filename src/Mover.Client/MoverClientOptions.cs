using System.Net.Http.Headers;
using Mover.Client.Arm;

namespace Mover.Client;

/// <summary>How a <see cref="MoverClient"/> speaks to the control plane.</summary>
public sealed record MoverClientOptions
{
    /// <summary>The api-version that requests to Microsoft.StorageMover ask for.</summary>
    public const string StorageMoverVersion = "2025-12-01";

    /// <summary>
    /// Addresses of one control plane, at least one, which share one CA; the next is tried when one cannot be reached, cannot answer at
    /// the moment, or says that it leaves.
    /// </summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    /// <summary>Gives the bearer token; null sends none.</summary>
    public TokenSource? Token { get; init; }

    /// <summary>Waits and repeats.</summary>
    public ArmRetry Retry { get; init; } = new();

    /// <summary>How long one attempt may take. A connection's creation is known to take 25 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How often an asynchronous operation is asked for when the server does not say.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How the client names itself.</summary>
    public ProductHeaderValue Product { get; init; } = new("mover");
}
