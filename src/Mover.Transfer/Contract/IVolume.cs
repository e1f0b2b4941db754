using Mover.Core.Jobs;

namespace Mover.Transfer.Contract;

/// <summary>
/// A storage endpoint opened by a driver, rooted where the job's subpath says. Safe for concurrent use.
/// Calls throw <see cref="VolumeException"/>; nothing outside the root is ever read or written.
/// </summary>
public interface IVolume : IAsyncDisposable
{
    /// <summary>What the volume can keep and tell.</summary>
    VolumeTraits Traits { get; }

    /// <summary>What a person should know of the volume after a run: what it could not keep or tell, counted; empty when there is
    /// nothing.</summary>
    IReadOnlyList<VolumeNote> Notes => [];

    /// <summary>
    /// Yields everything below the root (not the root itself) in batches, in path order when the traits say so, each entry once.
    /// Memory is bounded whatever the tree's shape. An entry that cannot be read is yielded with a fault; a fault of the whole
    /// scan (root missing, connection lost for good) is thrown. <paramref name="patience"/> is asked after every fault of a page or folder.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, CancellationToken cancel);

    /// <summary>
    /// As <see cref="ScanAsync"/>, for what lies below one folder that is there (not the folder itself). Throws when that folder cannot be
    /// listed.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(EntryPath folder, Patience patience, CancellationToken cancel);

    /// <summary>
    /// Finds out with as few requests as possible whether the volume answers: lists and looks at something, nothing of which has to exist.
    /// Throws the fault when it does not.
    /// </summary>
    ValueTask ProbeAsync(CancellationToken cancel);

    /// <summary>Reads one entry's state; null when there is none.</summary>
    ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel);

    /// <summary>Opens a file for reading; throws <see cref="VolumeFaultKind.Changed"/> when it is no longer the one that was
    /// listed.</summary>
    ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel);

    /// <summary>
    /// Reads a whole file of at most <paramref name="buffer"/>'s length in as few calls as the protocol allows and returns its length.
    /// The bytes are from one version of the file, and it is the listed one: otherwise throws <see cref="VolumeFaultKind.Changed"/>, or
    /// <see cref="VolumeFaultKind.Longer"/> when the listed file goes on behind its size.
    /// </summary>
    ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel);

    /// <summary>
    /// Follows a link to a file without leaving the root (every step is checked). Returns the link's entry with the file's size and times
    /// and <see cref="Entry.ResolvedPath"/> set, or a fault: dangling, a loop, a folder, or outside the root.
    /// </summary>
    ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel);
}

/// <summary>An open file of a volume.</summary>
public interface IEntryReader : IAsyncDisposable
{
    /// <summary>
    /// Reads up to <c>buffer.Length</c> bytes from <paramref name="offsetBytes"/>; fills the buffer unless the end comes first; 0 only at
    /// the end;
    /// safe for several ranges at once; throws <see cref="VolumeFaultKind.Changed"/> when the file became shorter than listed.
    /// </summary>
    ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel);

    /// <summary>Throws <see cref="VolumeFaultKind.Changed"/> unless the file is still the one that was opened (size, times,
    /// identity), and <see cref="VolumeFaultKind.Longer"/> when it is and goes on behind its size.</summary>
    ValueTask CheckUnchangedAsync(CancellationToken cancel);
}

/// <summary>What is stored beside the content.</summary>
/// <param name="PreserveMetadata">Keep owner, permissions and times of the source entry.</param>
/// <param name="ContentMd5">MD5 to store with the item, 16 bytes; null for none.</param>
/// <param name="ContentCrc64">CRC-64/NVME of the content, checked by targets that can; null when unknown.</param>
/// <param name="IsUnfinished">For a folder that gets its metadata later, when everything in it is written: until then it can be written by
/// its owner alone.</param>
public sealed record PutOptions(
    bool PreserveMetadata, ReadOnlyMemory<byte>? ContentMd5 = null, ulong? ContentCrc64 = null, bool IsUnfinished = false);

/// <summary>A volume that can be written. An entry appears under its name only when it is whole.</summary>
public interface ITargetVolume : IVolume
{
    /// <summary>As <see cref="IVolume.ProbeAsync"/>, and finds out whether the volume can be written, without a trace in its
    /// listings.</summary>
    ValueTask ProbeWriteAsync(CancellationToken cancel);

    /// <summary>
    /// Judges by the target's own rules whether it can hold the entry: type, characters, lengths, depth, size. Pure.
    /// Null when it can; otherwise one of AZSM2021 to 2026 with a sentence.
    /// </summary>
    (StatusCode Code, string Why)? Judge(Entry source);

    /// <summary>True when a target entry already shows the metadata that <see cref="PutOptions.PreserveMetadata"/> would store (times aside
    /// from access time).</summary>
    bool HasSameMetadata(Entry source, Entry target);

    /// <summary>Stores a whole file in one request, replacing what is there. The target checks the digests it was given.</summary>
    ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel);

    /// <summary>Starts or goes on with a file in blocks; nothing appears until <see cref="IBlockWriter.CommitAsync"/>.</summary>
    /// <param name="source">The entry to store.</param>
    /// <param name="blockBytes">Length of every block but the last.</param>
    /// <param name="token">An opaque value that ties the blocks of one attempt together, from the journal when resuming; 1 to 32 characters
    /// of A-Z, a-z, 0-9.</param>
    /// <param name="cancel">Stops the call.</param>
    ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel);

    /// <summary>Stores a folder (or its marker) with its metadata; there already is no error.</summary>
    ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel);

    /// <summary>Stores a link as a link.</summary>
    ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel);

    /// <summary>
    /// Changes metadata alone; the content stays, and so does what others stored beside it. <paramref name="target"/> is what the scan saw
    /// there. An MD5 in the options takes the place of the one that is kept.
    /// </summary>
    ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel);

    /// <summary>Removes an entry, if it is still the one that was seen; absent already is no error; a folder with content throws.</summary>
    ValueTask DeleteAsync(Entry target, CancellationToken cancel);
}

/// <summary>A file on its way in blocks. Blocks may be written in any order and at once.</summary>
public interface IBlockWriter : IAsyncDisposable
{
    /// <summary>Writes one block; returns when the target has acknowledged it with its digest checked. Writing it again replaces
    /// it.</summary>
    ValueTask WriteAsync(int index, ReadOnlyMemory<byte> content, ulong crc64, CancellationToken cancel);

    /// <summary>Which blocks the target still holds from an earlier attempt with the same token, as a set of indexes; empty when it cannot
    /// tell.</summary>
    ValueTask<IReadOnlySet<int>> FindWrittenAsync(CancellationToken cancel);

    /// <summary>Makes the file visible, whole, with its metadata and digests.</summary>
    ValueTask CommitAsync(int blockCount, PutOptions options, CancellationToken cancel);
}
