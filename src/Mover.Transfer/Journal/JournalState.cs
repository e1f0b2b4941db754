using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Journal;

/// <summary>A large file of an earlier attempt: what the target acknowledged.</summary>
internal sealed record OpenFile(BlocksBegun Begun, Dictionary<int, ulong> Blocks);

/// <summary>What a journal says at the start of an attempt: who is done, and which large files were on their way.</summary>
internal sealed class JournalState : IDisposable
{
    private readonly SpillSorter<ItemOutcome> _done;
    private readonly Dictionary<EntryPath, OpenFile> _open = [];
    private readonly Dictionary<long, OpenFile> _byNumber = [];

    private JournalState(SpillOptions spill, NameFoldings folds) =>
        _done = new(FoldedCodec<ItemOutcome>.Over(OutcomeCodec.Instance, folds), spill);

    /// <summary>Length of the journal's intact part.</summary>
    public long IntactBytes { get; private set; }

    public byte[] Fingerprint { get; private set; } = [];

    /// <summary>The highest number a large file has.</summary>
    public long LastFileNumber { get; private set; }

    /// <summary>Reads a journal, counting what was done; an absent or empty one is a state without anything.</summary>
    public static JournalState Load(string path, SpillOptions spill, RunCounters counters, NameFoldings folds)
    {
        var state = new JournalState(spill, folds);
        if (!File.Exists(path))
        {
            return state;
        }

        var reader = new JournalReader(path)
        {
            OnOutcome = outcome =>
            {
                // Every attempt looks at all of the target again, so that it says itself what it keeps.
                if (outcome.Result is ItemResult.NotDeleted)
                {
                    return;
                }

                if (outcome.IsRetracted)
                {
                    counters.Retracted(outcome);
                }
                else
                {
                    counters.Replayed(outcome);
                }

                state.Done(outcome);
            },
            OnDeletion = counters.Deleted,
            OnBegun = state.Begin,
            OnBlock = block => state._byNumber.GetValueOrDefault(block.FileNumber)?.Blocks.TryAdd(block.Index, block.Crc64),
        };
        state.IntactBytes = reader.Read();
        state.Fingerprint = reader.Fingerprint;
        return state;
    }

    /// <summary>The outcomes by path, for the merge that skips what is done; once.</summary>
    public SettledOutcomes ReadDone() => new(_done);

    /// <summary>The file's acknowledged blocks, if they are of this version of it; they are handed out once.</summary>
    public OpenFile? TakeOpen(Entry source)
    {
        lock (_open)
        {
            return _open.Remove(source.Path, out var open) && open.Begun.Identity == FileIdentity.Of(source) ? open : null;
        }
    }

    public void Dispose() => _done.Dispose();

    private void Done(ItemOutcome outcome)
    {
        _done.Add(outcome);
        if (_open.Remove(outcome.Path, out var open))
        {
            _byNumber.Remove(open.Begun.FileNumber);
        }
    }

    private void Begin(BlocksBegun begun)
    {
        if (_open.Remove(begun.Path, out var superseded))
        {
            _byNumber.Remove(superseded.Begun.FileNumber);
        }

        _open[begun.Path] = _byNumber[begun.FileNumber] = new(begun, []);
        LastFileNumber = Math.Max(LastFileNumber, begun.FileNumber);
    }
}
