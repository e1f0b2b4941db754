using System.Net;

namespace Mover.Volumes.AzureBlob;

public sealed partial class AzureBlobVolume
{
    /// <summary>
    /// Makes the container, closed to anonymous readers; false when it is there already. Needs an account's key, a signature for the
    /// service that may create containers, or a token of an identity that may. Source: Blob service REST, Create Container.
    /// </summary>
    public async ValueTask<bool> CreateContainerAsync(CancellationToken cancel)
    {
        // With content, if only empty, no other answer than Created counts as done.
        var call = new BlobCall(HttpMethod.Put, null, "restype=container") { Content = ReadOnlyMemory<byte>.Empty };
        using var answer = await _client.SendAsync(call, cancel, also: HttpStatusCode.Conflict);
        if (answer.IsSuccessStatusCode)
        {
            return true;
        }

        return BlobFaults.CodeOf(answer) is "ContainerAlreadyExists" ? false : throw new Transfer.Contract.VolumeException(
            BlobFaults.Of(answer, "PUT container", isContainer: true, _clock.GetUtcNow()));
    }

    /// <summary>
    /// Deletes the container with everything in it; false when it was not there. Source: Blob service REST, Delete Container.
    /// </summary>
    public async ValueTask<bool> DeleteContainerAsync(CancellationToken cancel)
    {
        using var answer = await _client.SendAsync(new(HttpMethod.Delete, null, "restype=container"), cancel,
            also: HttpStatusCode.NotFound);
        return answer.IsSuccessStatusCode;
    }
}
