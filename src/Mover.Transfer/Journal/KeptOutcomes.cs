using Mover.Transfer.Scan;

namespace Mover.Transfer.Journal;

/// <summary>What the latest attempt could not delete; an attempt that begins to delete forgets what earlier ones kept.</summary>
internal sealed class KeptOutcomes(SpillOptions spill) : IDisposable
{
    public SpillSorter<ItemOutcome> Latest { get; private set; } = new(OutcomeCodec.Instance, spill);

    public void Forget()
    {
        Latest.Dispose();
        Latest = new(OutcomeCodec.Instance, spill);
    }

    public void MoveTo(SpillSorter<ItemOutcome> all)
    {
        using var records = Latest.Read();
        while (records.TryRead(out var outcome))
        {
            all.Add(outcome);
        }
    }

    public void Dispose() => Latest.Dispose();
}
