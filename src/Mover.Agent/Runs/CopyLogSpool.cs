using System.Text.Json;
using Mover.Core.AgentProtocol;
using Mover.Files;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Transfer.Ledger;

namespace Mover.Agent;

/// <summary>
/// Items that did not arrive, waiting on disk until the control plane has them: one JSON line each, in the journal's order.
/// A line is in the operating system's hands when <see cref="Append"/> returns, so a killed agent loses none. Safe for concurrent use.
/// </summary>
internal sealed class CopyLogSpool : IDisposable
{
    /// <summary>Lines that are kept; later items are in the counters and the ledger only.</summary>
    public const long EntriesMax = 100_000;

    // A batch stays well below the channel's limit.
    private const int BatchBytesMax = AgentChannelLimits.LogBytesMax / 2;
    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private long _readIndex;
    private long _readAt;

    private CopyLogSpool(FileStream file, long count)
    {
        (_file, Count) = (file, count);
    }

    /// <summary>Lines on disk.</summary>
    public long Count { get; private set; }

    /// <summary>Opens the spool, cutting off a line that a killed process left unfinished.</summary>
    public static CopyLogSpool Open(string path)
    {
        var file = PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var (lines, end) = CountLines(file);
        file.SetLength(end);
        return new(file, lines);
    }

    /// <summary>Whether an outcome belongs into the copy log.</summary>
    public static bool Logs(ItemOutcome outcome) => 
        outcome.Result is ItemResult.Failed or ItemResult.Unsupported or ItemResult.Excluded or ItemResult.NotDeleted;

    /// <summary>Adds an item.</summary>
    public void Append(ItemOutcome outcome, DateTimeOffset now)
    {
        var path = LedgerFile.Text(outcome.Path);
        var entry = new CopyLogEntry(
            Cut(path, AgentChannelLimits.LogPathCharsMax),
            outcome.Type == EntryType.Folder ? "D" : "F",
            outcome.SizeBytes,
            outcome.Result.ToString(),
            outcome.Code.ToString(),
            Cut(outcome.Details ?? string.Empty, AgentChannelLimits.LogDetailsCharsMax),
            now);
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, CopyLogJson.Default.CopyLogEntry);
        lock (_gate)
        {
            if (Count < EntriesMax)
            {
                _file.Seek(0, SeekOrigin.End);
                _file.Write([.. line, (byte)'\n']);
                Count++;
            }
        }
    }

    /// <summary>
    /// Adds what a killed process had in its journal and not yet here. The lines are the first of the journal's items that belong here, in
    /// its order, so that counting tells which are missing.
    /// </summary>
    public void CatchUp(Action<Action<ItemOutcome>> replay, DateTimeOffset now)
    {
        var logged = 0L;
        replay(outcome =>
        {
            if (Logs(outcome) && logged++ >= Count)
            {
                Append(outcome, now);
            }
        });
    }

    /// <summary>Reads up to <paramref name="max"/> entries from an index on; calls with growing indexes read the file once.</summary>
    public IReadOnlyList<CopyLogEntry> Read(long index, int max)
    {
        lock (_gate)
        {
            if (index < _readIndex)
            {
                (_readIndex, _readAt) = (0, 0);
            }

            _file.Seek(_readAt, SeekOrigin.Begin);
            using var lines = new StreamReader(_file, leaveOpen: true);
            var found = new List<CopyLogEntry>();
            var bytes = 0;
            while (found.Count < max && bytes < BatchBytesMax && _readIndex < Count && lines.ReadLine() is { } line)
            {
                var lineBytes = System.Text.Encoding.UTF8.GetByteCount(line) + 1;
                _readAt += lineBytes;
                bytes += lineBytes;
                if (_readIndex++ >= index && JsonSerializer.Deserialize(line, CopyLogJson.Default.CopyLogEntry) is { } entry)
                {
                    found.Add(entry);
                }
            }

            return found;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string Cut(string text, int max) => text.Length > max ? text[..max] : text;

    private static (long Lines, long End) CountLines(FileStream file)
    {
        var buffer = new byte[64 * 1024];
        long lines = 0, end = 0, at = 0;
        for (int read; (read = file.Read(buffer)) > 0; at += read)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == (byte)'\n')
                {
                    lines++;
                    end = at + i + 1;
                }
            }
        }

        return (lines, end);
    }
}
