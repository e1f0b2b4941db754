using System.Diagnostics;
using System.Net;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// A container, or a folder in one, of Azure Blob Storage or a service that speaks its protocol, with a flat name space.
/// Folders are markers as AzCopy makes them, attributes are metadata under AzCopy's names. Thread-safe.
/// </summary>
public sealed partial class AzureBlobVolume : ITargetVolume
{
    /// <summary>The type of everything that is stored: the content is not looked into.</summary>
    internal const string ContentType = "application/octet-stream";

    private const string ProbeBlockId = "AAAA";
    private static readonly byte[] ProbeContent = [0];

    private const int BlocksMax = 50_000;
    private const long BlockBytesMax = 4000L * 1024 * 1024;

    private readonly BlobClient _client;
    private readonly BlobListing _listing;
    private readonly AzureBlobOptions _options;
    private readonly TimeProvider _clock;
    private readonly EntryPath _prefix;
    private readonly HttpMessageInvoker? _ownHttp;

    /// <summary>Opens a container; nothing is sent yet (<see cref="CheckAsync"/> does).</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="credential">What lets the driver in; stays the caller's.</param>
    /// <param name="options">Limits and connections.</param>
    /// <param name="clock">The clock for limits and dates.</param>
    /// <param name="http">Sends the requests and stays the caller's, so that several volumes share its connections; null makes one of the
    /// volume's own.</param>
    public AzureBlobVolume(
        BlobContainerAddress address, BlobCredential credential, AzureBlobOptions options, TimeProvider clock,
            HttpMessageInvoker? http = null)
    {
#pragma warning disable CA2000 // The invoker disposes of its handler.
        _ownHttp = http is null ? new HttpMessageInvoker(options.CreateHandler()) : null;
#pragma warning restore CA2000
        _client = new BlobClient(address, credential, http ?? _ownHttp ?? throw new UnreachableException(), options, clock);
        _listing = new BlobListing(_client, address.Prefix, options.PageItemsMax);
        _options = options;
        _clock = clock;
        _prefix = address.Prefix;
        Traits = new VolumeTraits
        {
            DisplayName = address.ToString(),
            Place = address.Place,
            ScansInPathOrder = true,
            KeepsFolders = false,
            KeepsPosix = true,
            KeepsSymlinks = true,
            ChangeTime = ChangeTime.Kept,
            ModifiedResolution = TimeSpan.FromTicks(1),
            SinglePutBytesMax = options.SinglePutBytesMax,
            BlockBytesMin = 4 * 1024 * 1024,
            BlockBytesMax = BlockBytesMax,
            BlocksMax = BlocksMax,
            ConcurrencyHint = 32,
        };
    }

    /// <inheritdoc/>
    public VolumeTraits Traits { get; }

    /// <summary>
    /// Finds out whether the container is there and may be listed; throws the fault otherwise. What is to be read must be there, too: a
    /// folder in the container without a marker and without a blob below it is NotFound, and one blob is no folder.
    /// </summary>
    public async ValueTask CheckAsync(bool isTarget, CancellationToken cancel)
    {
        if (await _listing.AnyAsync(EntryPath.Root, cancel) || isTarget || _prefix.IsRoot)
        {
            return;
        }

        if (await FindBlobAsync(BlobName.Escape(_prefix.Bytes), EntryPath.Root, cancel) is not { Type: EntryType.Folder })
        {
            throw new VolumeException(new(VolumeFaultKind.NotFound, $"The folder {Traits.DisplayName} does not exist."));
        }
    }

    /// <summary>
    /// A block that no blob is ever made of: the service forgets it after a week, or at once when a blob of that name is stored, and shows
    /// it in no listing.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask ProbeWriteAsync(CancellationToken cancel)
    {
        await ProbeAsync(cancel);
        try
        {
            var call = new BlobCall(HttpMethod.Put, NameOf(EntryPath.Of(ProbeName)), $"comp=block&blockid={ProbeBlockId}")
            {
                Content = ProbeContent,
            };
            await _client.CallAsync(call, cancel);
        }
        catch (VolumeException refused) when (refused.Fault.Kind is VolumeFaultKind.Permission)
        {
            throw new VolumeException(refused.Fault with { Code = StatusCodes.TargetAuthorization }, refused);
        }
    }

    /// <inheritdoc/>
    public (StatusCode Code, string Why)? Judge(Entry source)
    {
        if (source.Type is not (EntryType.File or EntryType.Folder or EntryType.Symlink))
        {
            return (StatusCodes.ItemTypeUnsupported, $"A blob cannot represent a {TypeName(source.Type)}.");
        }

        if (source.SizeBytes > BlocksMax * BlockBytesMax)
        {
            return (StatusCodes.ItemTooLarge, $"The file is larger than {BlocksMax} blocks of 4,000 MiB.");
        }

        return BlobName.Judge(FullName(source.Path));
    }

    /// <inheritdoc/>
    public bool HasSameMetadata(Entry source, Entry target) =>
        (source.Posix is not { } wanted || (target.Posix is { } kept && wanted.Mode == kept.Mode && wanted.IsOwnedLike(kept)))
        && (source.Modified is null || source.Modified == target.Modified);

    /// <inheritdoc/>
    public async ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel)
    {
        var name = NameOf(source.Path);
        var md5 = options.ContentMd5 is { } known ? Convert.ToBase64String(known.Span) : null;
        var call = new BlobCall(HttpMethod.Put, name) { Content = content, ContentMd5 = md5 };
        var digest = BlobDigest.Format(options.ContentCrc64 ?? Crc64.Compute(content.Span));
        call.Add("x-ms-blob-type", "BlockBlob");
        call.Add("x-ms-blob-content-type", ContentType);
        if (md5 is null)
        {
            // The service checks one digest of a request, not two; the MD5 it also keeps.
            call.Add(BlobDigest.Crc64Header, digest);
        }

        PosixMetadata.AddTo(call, source, options.PreserveMetadata);
        using var answer = await _client.SendAsync(call, cancel);
        BlobDigest.Check(answer, digest, name);
    }

    /// <inheritdoc/>
    public ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel) =>
#pragma warning disable CA2000 // The caller's from here on.
        ValueTask.FromResult<IBlockWriter>(new BlobBlockWriter(_client, source, NameOf(source.Path), blockBytes, token));
#pragma warning restore CA2000

    /// <inheritdoc/>
    public ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel) =>
        PutAsync(source, ReadOnlyMemory<byte>.Empty, options with { ContentMd5 = null, ContentCrc64 = 0 }, cancel);

    /// <inheritdoc/>
    public ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel) =>
        PutAsync(source, source.LinkTarget ?? default, options with { ContentMd5 = null, ContentCrc64 = null }, cancel);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(Entry target, CancellationToken cancel)
    {
        if (target.Type is EntryType.Folder)
        {
            var (hasContent, marker) = await _listing.LookIntoAsync(target.Path, cancel);
            if (hasContent)
            {
                throw new VolumeException(new(VolumeFaultKind.Changed, $"DELETE {NameOf(target.Path)}: the folder is not empty."));
            }

            if (marker is not null)
            {
                await DeleteAsync(NameOf(target.Path) + "/", marker, cancel);
            }
        }

        await DeleteAsync(NameOf(target.Path), target, cancel);
    }

    private async ValueTask DeleteAsync(string name, Entry target, CancellationToken cancel)
    {
        var call = new BlobCall(HttpMethod.Delete, name) { IfMatch = target.ETag };
        try
        {
            using var answer = await _client.SendAsync(call, cancel, HttpStatusCode.NotFound);
            if (answer.StatusCode is HttpStatusCode.NotFound && BlobFaults.CodeOf(answer) is "ContainerNotFound")
            {
                throw new VolumeException(BlobFaults.Of(answer, "DELETE", true, _clock.GetUtcNow()));
            }
        }
        catch (VolumeException error) when (error.Fault.Kind is VolumeFaultKind.Changed)
        {
            // Some services say "condition not met" of a blob that is not there at all.
            if (await FindAsync(target.Path, cancel) is not null)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _ownHttp?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string TypeName(EntryType type) => type switch
    {
        EntryType.Device => "device",
        EntryType.Fifo => "named pipe",
        EntryType.Socket => "socket",
        _ => "special file",
    };

    private string NameOf(EntryPath path) => BlobName.Escape(FullName(path));

    private ReadOnlySpan<byte> FullName(EntryPath path) => _prefix.IsRoot ? path.Bytes : _prefix.Child(path.Bytes).Bytes;
}
