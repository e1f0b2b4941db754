using System.CommandLine;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary><c>mover state</c>: backup, restore, copy and verification of a control plane's whole state, in either engine.</summary>
internal static class StateCommand
{
    public static Command Create(Terminal terminal) => new("state", "Back up, restore, copy and verify the state of a control plane.")
    {
        StateBackupCommand.Create(terminal),
        StateRestoreCommand.Create(terminal),
        StateCopyCommand.Create(terminal),
        StateVerifyCommand.Create(terminal),
        StateRepairCommand.Create(terminal),
        StateShowCommand.Create(terminal),
    };
}
