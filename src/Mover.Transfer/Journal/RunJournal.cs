using Mover.Core.Jobs;
using Mover.Transfer.Journal;
using Mover.Transfer.Ledger;

namespace Mover.Transfer;

/// <summary>What the journal of a run that was cut short says.</summary>
public static class RunJournal
{
    /// <summary>True while a run works in the folder, in this process or another.</summary>
    /// <param name="runFolder">The folder of a run.</param>
    public static bool IsInUse(string runFolder)
    {
        try
        {
            new RunFolder(runFolder).Hold().Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The twelve counters of a run that ended, from its ledger; null when it left none, or none that can be read.</summary>
    /// <param name="runFolder">The folder of the run.</param>
    public static TransferCounters? FindCounters(string runFolder)
    {
        try
        {
            return LedgerFile.FindEnd(new RunFolder(runFolder).Ledger)?.Counters;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Tells each outcome that earlier attempts at the run recorded, in the order in which <see cref="TransferOptions.ItemDone"/> was
    /// called for them. For an outcome that was recorded at the very moment the process died, that call may never have come. Nothing is
    /// told when there is no journal; of a damaged one the part before the damage is, and the run itself says what is wrong with it.
    /// </summary>
    /// <param name="runFolder">The folder of the run; nobody works in it.</param>
    /// <param name="each">Called for each outcome.</param>
    public static void Replay(string runFolder, Action<ItemOutcome> each)
    {
        var journal = new RunFolder(runFolder).Journal;
        if (!File.Exists(journal))
        {
            return;
        }

        try
        {
            new JournalReader(journal)
            {
                OnOutcome = outcome =>
                {
                    if (!outcome.IsRetracted)
                    {
                        each(outcome);
                    }
                },
            }.Read();
        }
        catch (InvalidDataException)
        {
            // Reported by the run as a job that cannot be resumed.
        }
    }
}
