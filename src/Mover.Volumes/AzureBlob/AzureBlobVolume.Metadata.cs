using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <content>Changes of metadata alone. The service replaces all metadata, and all properties, of a blob at once.</content>
public sealed partial class AzureBlobVolume
{
    /// <summary>The properties of a blob that are set together, by the headers that answer them and those that set them.</summary>
    private static readonly (string Answered, string Set)[] Properties =
    [
        ("Content-Type", "x-ms-blob-content-type"), ("Content-Encoding", "x-ms-blob-content-encoding"),
        ("Content-Language", "x-ms-blob-content-language"), ("Content-Disposition", "x-ms-blob-content-disposition"),
        ("Cache-Control", "x-ms-blob-cache-control"),
    ];

    /// <summary>
    /// What others put on the blob stays: it is read first and stored again with what is new, on condition that the blob is still the one
    /// that was seen.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel)
    {
        try
        {
            await ReplaceMetadataAsync(source, target, options, cancel);
        }
        catch (VolumeException missing) when (missing.Fault is { Kind: VolumeFaultKind.NotFound, Code: null }
            && target.Type is EntryType.Folder)
        {
            // The folder was seen by a marker with a slash; ours is stored beside it.
            await PutFolderAsync(source, options, cancel);
        }
    }

    private async ValueTask ReplaceMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel)
    {
        var name = NameOf(target.Path);
        try
        {
            using var now = await _client.SendAsync(new BlobCall(HttpMethod.Head, name) { IfMatch = target.ETag }, cancel);
            var call = new BlobCall(HttpMethod.Put, name, "comp=metadata") { IfMatch = BlobClient.HeaderOf(now, "ETag") };
            PosixMetadata.AddTo(call, source, options.PreserveMetadata);
            AddForeign(call, now);
            using var answer = await _client.SendAsync(call, cancel);
            await SetDigestAsync(name, options, target, BlobClient.HeaderOf(answer, "ETag"), now, cancel);
        }
        catch (VolumeException changed) when (changed.Fault.Kind is VolumeFaultKind.Changed)
        {
            await RequireDoneAsync(source, target, options, changed, cancel);
        }
    }

    /// <summary>A blob that changed meanwhile to what is wanted was changed by an earlier try whose answer was lost.</summary>
    private async ValueTask RequireDoneAsync(
        Entry source, Entry target, PutOptions options, VolumeException changed, CancellationToken cancel)
    {
        var name = NameOf(target.Path);
        using var now = await _client.SendAsync(new BlobCall(HttpMethod.Head, name), cancel);
        var found = EntryOf(now, target.Path);
        if (!HasSameMetadata(source, found))
        {
            throw new VolumeException(changed.Fault, changed);
        }

        await SetDigestAsync(name, options, found, found.ETag, now, cancel);
    }

    private async ValueTask SetDigestAsync(
        string name, PutOptions options, Entry target, string? eTag, HttpResponseMessage now, CancellationToken cancel)
    {
        if (options.ContentMd5 is not { } md5 || (target.ContentMd5 is { } kept && kept.Span.SequenceEqual(md5.Span)))
        {
            return;
        }

        var call = new BlobCall(HttpMethod.Put, name, "comp=properties") { IfMatch = eTag };
        foreach (var (answered, set) in Properties)
        {
            if ((ValueOf(now.Content.Headers, answered) ?? ValueOf(now.Headers, answered)) is { Length: > 0 } value)
            {
                call.Add(set, RequireAscii(value, answered, name));
            }
        }

        call.Add("x-ms-blob-content-md5", Convert.ToBase64String(md5.Span));
        await _client.CallAsync(call, cancel);
    }

    /// <summary>Adds the metadata that the blob has and the call does not replace. Keys do not depend on case.</summary>
    private static void AddForeign(BlobCall call, HttpResponseMessage now)
    {
        var own = call.Headers.Count;
        foreach (var (key, values) in now.Headers.NonValidated)
        {
            if (key.StartsWith(PosixMetadata.Header, StringComparison.OrdinalIgnoreCase)
                && call.Headers.FindIndex(0, own, header => header.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) < 0)
            {
                call.Add(PosixMetadata.Header + key[PosixMetadata.Header.Length..], RequireAscii(values.ToString(), key, call.Name));
            }
        }
    }

    private static string? ValueOf(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static string RequireAscii(string value, string header, string? name) => Ascii.IsValid(value)
        ? value
        : throw new VolumeException(new(VolumeFaultKind.Unsupported,
            $"PUT {name}: the blob's {header} is not ASCII and cannot be stored unchanged. Remove or change it."));
}
