using Mover.Server.Documents;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>
/// Looks at every entry of a state: documents against their digests, audit records, the indexes against the documents. One pass, in key
/// order.
/// </summary>
public static class StateCheck
{
    /// <summary>Problems that are told one by one; more are counted.</summary>
    public const int ProblemsMax = 1000;

    /// <summary>A store, whether servers use it or not.</summary>
    public static async Task<StateChecked> OfStoreAsync(
        StatePlace place, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        await using var state = await place.ReadAsync(clock, loggers, cancel);
        if (!place.Engine.IsShared)
        {
            StateFile.Check(Path.Combine(place.DataFolder, StateEngine.FileName));
        }

        // A name that was mistyped is no whole state.
        var found = await OfAsync(state, cancel);
        return found.Documents > 0 || found.ProblemCount > 0 ? found : throw new StateException(
            StateFault.Unavailable, $"{place.Name} has no state; nothing was verified.");
    }

    /// <summary>A backup. One that is not whole is thrown as <see cref="StateFault.Damaged"/>: no entry of it counts.</summary>
    public static async Task<StateChecked> OfFileAsync(string file, BackupKeys keys, string dataFolder, CancellationToken cancel)
    {
        if (StateRestore.IsBackup(file))
        {
            await using var backup = await StateRestore.OpenAsync(file, keys, dataFolder, cancel);
            return await OfAsync(backup, cancel);
        }

        var folder = Directory.CreateTempSubdirectory("mover-verify-").FullName;
        try
        {
            using var archive = StateArchive.Open(file, folder);
            await using var state = StateFile.Snapshot(archive.StatePath, $"archive of {archive.MadeAt:u}", archive.MadeAt);
            return await OfAsync(state, cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static async Task<StateChecked> OfAsync(IStateSnapshot state, CancellationToken cancel)
    {
        var problems = new List<StateProblem>();
        var (count, documents, records) = (0L, 0L, 0L);
        using var digest = new StateDigest();
        var indexes = new IndexCheck(Tell);
        await foreach (var entry in state.ReadAsync(cancel))
        {
            if (MovedEntries.Goes(entry))
            {
                digest.Add(entry);
            }

            if (AuditLog.IsPlace(entry.Key))
            {
                records++;
                if (AuditLog.Check(entry) is { } wrong)
                {
                    Tell(new(entry.Key, wrong));
                }
            }
            else if (!MovedEntries.IsMarker(entry.Key) && Open(entry) is { } info)
            {
                documents++;
                indexes.Take(entry, info);
            }
        }

        indexes.End();
        problems.Sort((one, other) => string.CompareOrdinal(one.Key, other.Key));
        return new(state.Name, digest.Sum(), documents, records, indexes.Count, count, problems);

        void Tell(StateProblem problem)
        {
            count++;
            if (problems.Count < ProblemsMax)
            {
                problems.Add(problem);
            }
        }

        DocumentInfo? Open(StateEntry entry)
        {
            try
            {
                return DocumentStore.OpenInfo(entry);
            }
            catch (StateException damaged) when (damaged.Fault == StateFault.Damaged)
            {
                Tell(new(entry.Key, "does not match its digest"));
                return null;
            }
        }
    }
}
