namespace Mover.Agent;

/// <summary>The folder of one run: <c>run.json</c>, the copy log's spool, and the engine's journal, spill files and ledger.</summary>
public sealed class RunFolder(string path)
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The run's name: a GUID.</summary>
    public string RunName => System.IO.Path.GetFileName(Path);

    /// <summary>True until the run's end is acknowledged or the run is given up.</summary>
    public bool IsUnfinished => File.Exists(RecordPath);

    /// <summary>The engine's own folder.</summary>
    public string EnginePath => System.IO.Path.Combine(Path, "transfer");

    /// <summary>Where the copy log's entries wait.</summary>
    public string LogPath => System.IO.Path.Combine(Path, "copylog.jsonl");

    private string RecordPath => System.IO.Path.Combine(Path, "run.json");

    /// <summary>Reads the claim; null when there is none.</summary>
    public RunRecord? Read() => AgentFolder.Read(RecordPath, AgentFolderJson.Default.RunRecord);

    /// <summary>Writes the claim, durably.</summary>
    public void Write(RunRecord record) => AgentFolder.Write(RecordPath, record, AgentFolderJson.Default.RunRecord);

    /// <summary>The end is acknowledged: the claim and the spool go, the ledger stays for auditors.</summary>
    public void Finish()
    {
        File.Delete(RecordPath);
        File.Delete(LogPath);
    }

    /// <summary>
    /// The run belongs to somebody else or is gone: nothing of it is continued. The folder is put aside, so that a later claim of the same
    /// run
    /// starts from what the target shows, not from a journal that others have overtaken.
    /// </summary>
    public void PutAside(DateTimeOffset now)
    {
        Finish();
        var aside = $"{Path}.{now:yyyyMMddHHmmss}.lost";
        if (!Directory.Exists(aside))
        {
            Directory.Move(Path, aside);
        }
    }
}
