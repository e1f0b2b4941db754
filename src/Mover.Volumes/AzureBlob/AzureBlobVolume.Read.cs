using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <content>The reading half: listing, finding, opening.</content>
public sealed partial class AzureBlobVolume
{
    private const int LinkStepsMax = 40;

    /// <summary>Four times PATH_MAX of Linux; a blob that says it is a link may be of any length.</summary>
    private const int LinkBytesMax = 16 * 1024;

    /// <summary>A name that probes ask for; there is never a blob of it.</summary>
    private const string ProbeName = ".mover-probe";

    /// <inheritdoc/>
    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, CancellationToken cancel) =>
        ScanBelowAsync(EntryPath.Root, patience, cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(
        EntryPath folder, Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var next = ReadPageAsync(folder, "", patience, stop.Token);
        try
        {
            while (true)
            {
                var page = await next;
                var isLast = page.NextMarker.Length == 0;
                next = isLast ? next : ReadPageAsync(folder, page.NextMarker, patience, stop.Token);
                if (page.Entries.Count > 0)
                {
                    yield return page.Entries;
                }

                if (isLast)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancel)
    {
        await _listing.AnyAsync(EntryPath.Root, cancel);
        await FindBlobAsync(NameOf(EntryPath.Of(ProbeName)), EntryPath.Of(ProbeName), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel)
    {
        return path.IsRoot ? new Entry { Path = path, Type = EntryType.Folder }
            : await FindBlobAsync(NameOf(path), path, cancel) ?? await FindSlashMarkerAsync(path, cancel);
    }

    private async ValueTask<Entry?> FindSlashMarkerAsync(EntryPath path, CancellationToken cancel) =>
        path.Bytes is not [.., (byte)'/'] && await FindBlobAsync(NameOf(path) + "/", path, cancel) is { } found
            && (found.Type is EntryType.Folder || found is { Type: EntryType.File, SizeBytes: 0 })
            ? new Entry { Path = path, Type = EntryType.Folder, Modified = found.Modified, Posix = found.Posix, ETag = found.ETag }
            : null;

    private async ValueTask<Entry?> FindBlobAsync(string name, EntryPath path, CancellationToken cancel)
    {
        var call = new BlobCall(HttpMethod.Head, name);
        using var answer = await _client.SendAsync(call, cancel, HttpStatusCode.NotFound);
        if (answer.StatusCode is HttpStatusCode.NotFound)
        {
            return BlobFaults.CodeOf(answer) is "ContainerNotFound"
                ? throw new VolumeException(BlobFaults.Of(answer, "HEAD", true, _clock.GetUtcNow()))
                : null;
        }

        return EntryOf(answer, path);
    }

    private static Entry EntryOf(HttpResponseMessage answer, EntryPath path)
    {
        var posix = default(PosixMetadata.Reading);
        foreach (var header in answer.Headers.NonValidated)
        {
            if (header.Key.StartsWith(PosixMetadata.Header, StringComparison.OrdinalIgnoreCase))
            {
                var name = header.Key[PosixMetadata.Header.Length..];
                posix.Take(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(header.Value.ToString()));
            }
        }

        var content = answer.Content.Headers;
        UnixTime? modified = content.LastModified is { } time ? new UnixTime(time.ToUnixTimeSeconds(), 0) : null;
        var obstacle = BlobKind.ObstacleOf(Encoding.ASCII.GetBytes(BlobClient.HeaderOf(answer, "x-ms-blob-type") ?? ""));
        return posix.ToEntry(
            path, content.ContentLength ?? 0, modified, BlobClient.HeaderOf(answer, "ETag"), content.ContentMD5, obstacle);
    }

    /// <inheritdoc/>
    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel) =>
#pragma warning disable CA2000 // The caller's from here on.
        ValueTask.FromResult<IEntryReader>(new BlobEntryReader(_client, entry, NameOf(entry.ResolvedPath ?? entry.Path)));
#pragma warning restore CA2000

    /// <inheritdoc/>
    public async ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel)
    {
        var name = NameOf(entry.ResolvedPath ?? entry.Path);
        var call = new BlobCall(HttpMethod.Get, name) { IfMatch = entry.ETag, AnswerBytes = entry.SizeBytes };
        using var answer = await _client.SendAsync(call, cancel);
        if (answer.Content.Headers.ContentLength != entry.SizeBytes)
        {
            throw new VolumeException(new VolumeFault(VolumeFaultKind.Changed, $"GET {name}: the blob "
                + "no longer has the size that was listed.",
                true));
        }

        var wanted = (int)entry.SizeBytes;
        return await _client.ReadAsync(call, answer, buffer[..wanted], cancel) == wanted ? wanted : throw BlobEntryReader.BrokeOff(name);
    }

    /// <inheritdoc/>
    public async ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel)
    {
        var at = link;
        for (var step = 0; step < LinkStepsMax; step++)
        {
            if (at.SizeBytes > LinkBytesMax)
            {
                return (null, new VolumeFault(VolumeFaultKind.Unsupported, $"The target of the link {link.Path} is not a valid path."));
            }

            var text = new byte[at.SizeBytes];
            await ReadWholeAsync(at, text, cancel);
            if (LinkTarget.Resolve(at.Path, text) is not { } path)
            {
                return (null, new VolumeFault(VolumeFaultKind.Permission, $"The link {link.Path} points outside the container."));
            }

            switch (await FindAsync(path, cancel))
            {
                case null:
                    return (null, new VolumeFault(VolumeFaultKind.NotFound, $"The link {link.Path} points to nothing."));
                case { Type: EntryType.Symlink } next:
                    at = next;
                    break;
                case { Type: EntryType.Folder }:
                    return (null, new VolumeFault(VolumeFaultKind.Unsupported, $"The link {link.Path} points to a folder."));
                case var file:
                    return (WithContentOf(link, file), null);
            }
        }

        return (null, new VolumeFault(VolumeFaultKind.Unsupported, $"The link {link.Path} is part of a loop."));
    }

    private static Entry WithContentOf(Entry link, Entry file) => new()
    {
        Path = link.Path,
        Type = EntryType.Symlink,
        SizeBytes = file.SizeBytes,
        Modified = file.Modified,
        Changed = file.Changed,
        Accessed = file.Accessed,
        Created = file.Created,
        Posix = file.Posix,
        ContentMd5 = file.ContentMd5,
        ETag = file.ETag,
        ResolvedPath = file.Path,
    };

    /// <summary>
    /// Leaves each folder once, hides nothing behind a marker, and puts markers where folders come in path order: before names such as
    /// <c>a-b</c>, which are listed between <c>a</c> and <c>a/</c>. What such a name has driven onto an earlier page is out of order.
    /// </summary>
    private async ValueTask SettleAsync(List<Entry> entries, List<Entry> markers, bool isFirst, CancellationToken cancel)
    {
        var first = entries[0].Path;
        var blobs = new Dictionary<EntryPath, Entry>();
        foreach (var entry in entries.Except(markers))
        {
            blobs[entry.Path] = entry;
        }

        foreach (var marker in markers)
        {
            var other = blobs.GetValueOrDefault(marker.Path);
            if (other is null && !isFirst && first.Bytes.StartsWith(marker.Path.Bytes))
            {
                other = await FindBlobAsync(NameOf(marker.Path), marker.Path, cancel);
            }

            if (other is not null)
            {
                entries.Remove(marker);
                if (other.Type is not EntryType.Folder)
                {
                    entries.Add(SlashMarker.AsWritten(marker));
                }
            }
        }

        entries.Sort(static (a, b) => a.Path.CompareTo(b.Path));
    }

    // A page is read again from its own start here: whoever retries a whole volume could only start the listing anew.
    private async Task<BlobListPage> ReadPageAsync(EntryPath folder, string marker, Patience patience, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var page = await _listing.ReadPageAsync(folder, marker, cancel);
                if (page.Markers is { } markers)
                {
                    await SettleAsync(page.Entries, markers, isFirst: marker.Length == 0, cancel);
                }

                return page;
            }
            catch (VolumeException error)
            {
                attempt = await patience(error, attempt, cancel);
            }
        }
    }
}
