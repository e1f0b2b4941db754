using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;

namespace Mover.Cli.Doctor;

/// <summary><c>mover doctor</c>: looks at settings, machine and server, and says for each what to do. Changes nothing.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var connection = new ConnectionFlags();
        var local = new Option<bool>("--local") { Description = "Check only this machine, not a control plane." };
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "doctor", "Check settings, this machine and the control plane; shows ok, warn or fail with a remedy. "
                + "Exit code 8 when a check fails.")
        {
            local, output,
        };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            List<Finding> findings = [.. MachineChecks.Run(DataFolders.Server(terminal))];
            if (!parsed.GetValue(local))
            {
                findings.AddRange(await new ServerChecks(connection, terminal).RunAsync(parsed, cancel));
            }

            FindingReport.Write(terminal, parsed.GetRequiredValue(output), findings);
            return findings.Exists(f => f.Verdict == Verdict.Fail) ? ExitCodes.NotReady : ExitCodes.Ok;
        });
        return command;
    }
}
