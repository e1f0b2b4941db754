using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Files;
using Mover.Volumes;

namespace Mover.Cli.Transfers;

/// <summary>
/// Where transfers without a control plane keep what is theirs: journals and ledgers of copies, and listings that wait on disk. Only this
/// user can enter it.
/// </summary>
internal sealed class StateFolder
{
    public const string Flag = "--journal";

    private readonly Option<string?> _folder = new(Flag)
    {
        Description = "Folder for journals, ledgers and large listings; by default below the state folder: XDG_STATE_HOME, "
            + "~/.local/state, or /var/lib for root without a home.",
        HelpName = "folder",
    };

    public void AddTo(Command command) => command.Add(_folder);

    /// <summary>The folder, made and checked.</summary>
    public string Open(ParseResult parsed, Terminal terminal) => Open(parsed.GetValue(_folder), terminal);

    /// <param name="named">The folder that was named; null for the default one.</param>
    /// <param name="terminal">Whose environment says where the default one is.</param>
    public static string Open(string? named, Terminal terminal)
    {
        var folder = named ?? Path.Combine(UserFolders.State(terminal, Flag), "copy");
        try
        {
            // A named folder may be one for all of a user's things: what is made in it is closed to others, not the folder itself.
            PrivateFolder.Make(folder);
            return named is null ? PrivateFolder.Ensure(folder) : Path.GetFullPath(folder);
        }
        catch (PrivateFolderException unsafeFolder)
        {
            throw new CliException(
                ExitCodes.NotReady, "UnsafeFolder", unsafeFolder.Message, $"{unsafeFolder.Remedy} "
                    + $"Set it with {Flag} FOLDER.", unsafeFolder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw UserFolders.Unwritable(folder, Flag, fault);
        }
    }

    /// <summary>Where listings that do not fit into memory wait.</summary>
    public static string SpillOf(string folder) => Path.Combine(folder, "spill");

    /// <summary>A folder that goes when the command ends, or, when it was killed, with the next command.</summary>
    public static SpillFolder CreateWork(string folder) => SpillFolder.Create(SpillOf(folder));
}
