using System.Diagnostics;
using Mover.Core.Resources;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>A container, or a folder in one.</summary>
/// <param name="Address">Where it is.</param>
public sealed record BlobPlace(BlobContainerAddress Address) : VolumePlace
{
    /// <summary>Opens blob containers, at the address that the control plane has for their account.</summary>
    public static Driver Driver { get; } = new(
        StorageEndpointTypes.AzureStorageBlobContainer,
        (endpoint, given) => given is not null && BlobContainerAddress.Of(
            given.BlobEndpoint, given.AccountName, given.ContainerName, endpoint.Subpath.Trim('/')) is { } address
                ? new BlobPlace(address)
                : null) { IsInAccount = true };

    /// <inheritdoc/>
    public override Uri Service => new(Address.Endpoint);

    /// <summary>Opens the container and asks it once, so that a wrong name or key is said before anything is scanned.</summary>
    public override async ValueTask<IVolume> OpenAsync(VolumeUse use, CancellationToken cancel)
    {
        var volume = With(use);
        try
        {
            await volume.CheckAsync(use.IsTarget, cancel);
            return volume;
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the container; one that is there already is left as it is.</summary>
    public async ValueTask MakeAsync(VolumeUse use, CancellationToken cancel)
    {
        await using var volume = With(use);
        await volume.CreateContainerAsync(cancel);
    }

    /// <inheritdoc/>
    public override string ToString() => Address.ToString();

    private AzureBlobVolume With(VolumeUse use) => new(
        Address, use.Credential ?? throw new UnreachableException("A container is opened with a credential."), new(), use.Clock);
}
