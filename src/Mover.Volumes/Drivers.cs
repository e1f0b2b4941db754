using Mover.Core.AgentProtocol;
using Mover.Volumes.AzureBlob;
using Mover.Volumes.Nfs;

namespace Mover.Volumes;

/// <summary>Opens the storage endpoints of one kind.</summary>
/// <param name="EndpointType">The kind's <c>endpointType</c>.</param>
/// <param name="PlaceOf">
/// Where an endpoint is, the job's subpath included; null when the account's address is none. What the control plane answered for it is
/// null for a kind without an account.
/// </param>
public sealed record Driver(string EndpointType, Func<OrderEndpoint, CredentialAnswer?, VolumePlace?> PlaceOf)
{
    /// <summary>Whether the endpoints are in storage accounts, which the control plane lets in to.</summary>
    public bool IsInAccount { get; init; }
}

/// <summary>The drivers of storage endpoints: a new one is a folder and a row.</summary>
public static class Drivers
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Driver> All { get; } = [NfsPlace.Driver, BlobPlace.Driver];

    /// <summary>The driver for this <c>endpointType</c>; null when there is none.</summary>
    public static Driver? Find(string endpointType) => All.FirstOrDefault(driver => driver.EndpointType == endpointType);
}
