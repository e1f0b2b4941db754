using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Resources;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>The flags that say what is taken and where it is kept, of <c>snapshot</c> and <c>watch</c>.</summary>
internal sealed class SnapshotFlags
{
    private readonly Option<string> _group = new("--resource-group", "-g") { Description = "Name of the resource group.", Required = true };
    private readonly Option<string?> _storageMover = new("--storage-mover")
    {
        Description = "Snapshot only this storage mover and everything that belongs to it.",
        HelpName = "name",
    };
    private readonly Option<string?> _repository = new("--repository")
    {
        Description = "Folder of the git repository for snapshots; created if missing or empty.",
        HelpName = "folder",
    };
    private readonly Option<string?> _path = new("--path")
    {
        Description = "Folder in the repository for this estate; by default, the root.",
        HelpName = "subfolder",
    };
    private readonly Option<string?> _message = new("--message", "-m")
    {
        Description = "Subject of the commit; by default, it states what changed.",
        HelpName = "text",
    };
    private readonly Option<bool> _push = new("--push") { Description = "Push the commit to the branch's remote." };
    private readonly Option<bool> _allowPartial = new("--allow-partial")
    {
        Description = "Take the snapshot even if the server cannot export everything; the manifest lists what is missing.",
    };
    private readonly Option<string?> _signKey = new("--sign-key")
    {
        Description = "Private key that signs the snapshot; create one with `mover recovery new-key`.",
        HelpName = "file",
    };
    private readonly ConnectionFlags _connection = new();

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _group, _storageMover, _repository, _path, _message, _push, _allowPartial, _signKey })
        {
            command.Add(option);
        }

        _connection.AddTo(command);
    }

    public string? Repository(ParseResult parsed) => parsed.GetValue(_repository);

    public ControlPlane Connect(ParseResult parsed, Terminal terminal) => _connection.Open(parsed, terminal);

    public ConnectionSettings Resolve(ParseResult parsed, Terminal terminal) => _connection.Resolve(parsed, terminal);

    /// <summary>Where in the repository the snapshot is.</summary>
    public string Folder(ParseResult parsed, string repository) =>
        Path.GetFullPath(Path.Combine(repository, parsed.GetValue(_path) ?? string.Empty));

    public SnapshotKey? ReadKey(ParseResult parsed) => parsed.GetValue(_signKey) is { } file ? SnapshotKey.Read(file) : null;

    public async Task<SnapshotTaker> TakerAsync(ParseResult parsed, ControlPlane plane, Terminal terminal, CancellationToken cancel) => new(
        plane.Client,
        new()
        {
            Group = await plane.GetGroupAsync(ScopeFlags.Checked(parsed.GetRequiredValue(_group)), cancel),
            StorageMover = parsed.GetValue(_storageMover) is { } name ? ScopeFlags.Checked(name) : null,
            AllowPartial = parsed.GetValue(_allowPartial),
            ProgramVersion = MoverApp.Version,
        },
        terminal.Clock);

    public SnapshotRepository OpenRepository(ParseResult parsed, string folder, SnapshotKey? key, Terminal terminal) => new(
        new()
        {
            Folder = folder, Path = parsed.GetValue(_path) ?? string.Empty, Message = parsed.GetValue(_message),
            Push = parsed.GetValue(_push), Key = key,
        },
        terminal.Clock);

    /// <summary>The flags of a repository that were given although there is none.</summary>
    public IEnumerable<string> OfRepositoryOnly(ParseResult parsed) =>
        new Option[] { _path, _message, _push }
            .Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);
}
