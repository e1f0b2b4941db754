using System.Globalization;
using System.Net;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Reads ranges of one version of a blob.</summary>
internal sealed class BlobEntryReader(BlobClient client, Entry entry, string escapedName) : IEntryReader
{
    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel)
    {
        var wanted = (int)Math.Min(buffer.Length, entry.SizeBytes - offsetBytes);
        if (wanted <= 0)
        {
            return 0;
        }

        var call = new BlobCall(HttpMethod.Get, escapedName) { IfMatch = entry.ETag, AnswerBytes = wanted };
        call.Add("x-ms-range", string.Create(CultureInfo.InvariantCulture, $"bytes={offsetBytes}-{offsetBytes + wanted - 1}"));
        using var answer = await SendAsync(call, cancel);
        if (answer.StatusCode is not HttpStatusCode.PartialContent)
        {
            throw new VolumeException(new(VolumeFaultKind.Io, $"GET {escapedName}: the response is not the requested range.", true));
        }

        var read = await client.ReadAsync(call, answer, buffer[..wanted], cancel);
        return read == wanted ? read : throw BrokeOff(escapedName);
    }

    /// <inheritdoc/>
    public async ValueTask CheckUnchangedAsync(CancellationToken cancel)
    {
        using var answer = await SendAsync(new BlobCall(HttpMethod.Head, escapedName) { IfMatch = entry.ETag }, cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static VolumeException BrokeOff(string name) =>
        new(new VolumeFault(VolumeFaultKind.Transport, $"GET {name}: the response was cut off.", true));

    private async ValueTask<HttpResponseMessage> SendAsync(BlobCall call, CancellationToken cancel)
    {
        var answer = await client.SendAsync(call, cancel, HttpStatusCode.NotFound);
        if (answer.StatusCode is HttpStatusCode.NotFound)
        {
            answer.Dispose();
            throw new VolumeException(new VolumeFault(VolumeFaultKind.NotFound,
                $"{call.Method.Method} {escapedName}: the blob no longer exists."));
        }

        return answer;
    }
}
