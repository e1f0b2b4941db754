using Mover.Transfer.Ledger;

namespace Mover.Agent;

/// <summary>The folder of one run: <c>run.json</c>, the copy log's spool, and the engine's journal, spill files and ledger.</summary>
public sealed class AgentRunFolder(string path)
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The run's name: a GUID.</summary>
    public string RunName => System.IO.Path.GetFileName(Path);

    /// <summary>True until the run's end is acknowledged or the run is put aside.</summary>
    public bool IsUnfinished => AgentFolder.IsRunName(RunName) && File.Exists(RecordPath);

    /// <summary>The engine's own folder.</summary>
    public string EnginePath => System.IO.Path.Combine(Path, "transfer");

    /// <summary>Where the ledger is once the run has got to its end; it stays until a person removes it.</summary>
    public string LedgerPath => System.IO.Path.Combine(EnginePath, LedgerFile.Name);

    /// <summary>Where the copy log's entries wait.</summary>
    public string LogPath => System.IO.Path.Combine(Path, "copylog.jsonl");

    /// <summary>The folder of another run of this agent, which need not be there.</summary>
    public AgentRunFolder Beside(string runName) => new(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? Path, runName));

    private string RecordPath => System.IO.Path.Combine(Path, "run.json");

    private string EndedPath => System.IO.Path.Combine(Path, "ended.json");

    /// <summary>Reads the claim; null when there is none.</summary>
    public RunRecord? Read() => AgentFolder.Read(RecordPath, AgentFolderJson.Default.RunRecord);

    /// <summary>Writes the claim, durably.</summary>
    public void Write(RunRecord record) => AgentFolder.Write(RecordPath, record, AgentFolderJson.Default.RunRecord);

    /// <summary>
    /// The end is acknowledged: the spool goes, the ledger stays for auditors, and the claim with its last report stays as
    /// <c>ended.json</c>: a control plane that lost the end of its state is told again.
    /// </summary>
    public void Finish()
    {
        File.Move(RecordPath, EndedPath, overwrite: true);
        File.Delete(LogPath);
    }

    /// <summary>When the run's end was written; null when it has not ended, or its end is not kept.</summary>
    public DateTimeOffset? EndedAt => File.Exists(EndedPath) ? new DateTimeOffset(File.GetLastWriteTimeUtc(EndedPath)) : null;

    /// <summary>The claim and the last report of a run whose end was acknowledged; null when there is none that can be read.</summary>
    public RunRecord? ReadEnded()
    {
        try
        {
            return AgentFolder.Read(EndedPath, AgentFolderJson.Default.RunRecord) is { Final: not null } ended ? ended : null;
        }
        catch (Exception unreadable) when (unreadable is AgentFolderException or IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// The run belongs to another agent, is over, or is not known to the control plane, which may have lost its state: nothing of it is
    /// continued and nothing is deleted. The folder is put aside, so that a later claim of the same run starts from what the target shows,
    /// not from a journal that others have overtaken. Answers where it is then.
    /// </summary>
    public string PutAside(DateTimeOffset now)
    {
        var aside = $"{Path}.{now:yyyyMMddHHmmss}.lost";
        for (var again = 2; Directory.Exists(aside); again++)
        {
            aside = $"{Path}.{now:yyyyMMddHHmmss}-{again}.lost";
        }

        Directory.Move(Path, aside);
        return aside;
    }
}
