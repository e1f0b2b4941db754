using Mover.Transfer.Contract;

namespace Mover.Transfer.Journal;

/// <summary>
/// Reads a journal from front to back. A torn tail (the last commit of a process that died) is left out; damage anywhere before it
/// throws <see cref="InvalidDataException"/>, because what follows could not be trusted.
/// </summary>
internal sealed class JournalReader(string path)
{
    /// <summary>Called for each outcome, in the order they were recorded.</summary>
    public Action<ItemOutcome>? OnOutcome { get; init; }

    /// <summary>Called for each large file that began.</summary>
    public Action<BlocksBegun>? OnBegun { get; init; }

    /// <summary>Called for each acknowledged block.</summary>
    public Action<BlockDone>? OnBlock { get; init; }

    /// <summary>Called for each deletion of a mirror.</summary>
    public Action? OnDeletion { get; init; }

    /// <summary>Called when an attempt begins to delete; what earlier ones kept no longer counts.</summary>
    public Action? OnDeletionsBegin { get; init; }

    /// <summary>The first frame's payload: what run this is.</summary>
    public byte[] Fingerprint { get; private set; } = [];

    /// <summary>Reads everything; returns the length of the intact part in bytes, 0 when there is none.</summary>
    public long Read()
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024);
        var header = new byte[JournalFormat.HeaderBytes];
        var payload = Array.Empty<byte>();
        for (long intact = 0; ;)
        {
            var length = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
                ? JournalFormat.ReadHeader(header)
                : -1;
            if (length < 0 || length > file.Length - file.Position)
            {
                return EndAt(file, intact);
            }

            payload = payload.Length < length ? new byte[length] : payload;
            file.ReadExactly(payload.AsSpan(0, length));
            if (!JournalFormat.IsIntact(header, payload.AsSpan(0, length)))
            {
                return EndAt(file, intact);
            }

            if (intact == 0)
            {
                Fingerprint = payload[..length];
            }
            else
            {
                Dispatch(payload.AsSpan(0, length));
            }

            intact = file.Position;
        }
    }

    /// <summary>Whatever begins at <paramref name="intact"/> is not a frame: a torn tail, unless a whole frame comes later.</summary>
    private static long EndAt(FileStream file, long intact)
    {
        var rest = file.Length - intact;
        if (rest == 0)
        {
            return intact;
        }

        // Group commits are small; a tail longer than any of them cannot be one.
        var tail = new byte[Math.Min(rest, JournalFormat.PayloadBytesMax + JournalFormat.HeaderBytes)];
        file.Position = intact;
        file.ReadExactly(tail);
        for (var at = 1; at <= tail.Length - JournalFormat.HeaderBytes; at++)
        {
            if (JournalFormat.ReadHeader(tail.AsSpan(at, JournalFormat.HeaderBytes)) >= 0)
            {
                throw new InvalidDataException($"The journal is damaged at byte {intact} of {file.Length}.");
            }
        }

        return intact;
    }

    private void Dispatch(ReadOnlySpan<byte> payload)
    {
        var previous = EntryPath.Root;
        while (!payload.IsEmpty)
        {
            var kind = payload[0];
            payload = payload[1..];
            switch (kind)
            {
                case JournalRecord.Outcome:
                    var outcome = JournalRecord.ReadOutcome(ref payload, previous);
                    previous = outcome.Path;
                    OnOutcome?.Invoke(outcome);
                    break;
                case JournalRecord.Begun:
                    var begun = JournalRecord.ReadBegun(ref payload);
                    OnBegun?.Invoke(begun);
                    break;
                case JournalRecord.Block:
                    var block = JournalRecord.ReadBlock(ref payload);
                    OnBlock?.Invoke(block);
                    break;
                case JournalRecord.Deletion:
                    OnDeletion?.Invoke();
                    break;
                case JournalRecord.DeletionsBegin:
                    OnDeletionsBegin?.Invoke();
                    break;
                default:
                    throw new InvalidDataException($"The journal has a record of unknown kind {kind}.");
            }
        }
    }
}
