using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Doctor;

/// <summary>How findings are told.</summary>
internal static class FindingReport
{
    private static readonly Column[] Columns = [
        new("Verdict", "verdict"), new("Check", "check"), new("Found", "found"), new("Remedy", "remedy")];

    public static void Write(Terminal terminal, string format, List<Finding> findings)
    {
        if (!ResultWriter.Is(format, ResultWriter.Table))
        {
            new ResultWriter(terminal).WriteMany(format, [.. findings.Select(ToJson)], Columns);
            return;
        }

        foreach (var finding in findings)
        {
            terminal.Out.WriteLine($"{finding.Verdict.ToString().ToLowerInvariant(),-5}{finding.Check,-12}{finding.Found}");
            if (finding.Remedy is not null)
            {
                terminal.Out.WriteLine($"{string.Empty,-17}-> {finding.Remedy}");
            }
        }
    }

    private static JsonObject ToJson(Finding finding)
    {
        var json = new JsonObject
        {
            ["verdict"] = finding.Verdict.ToString().ToLowerInvariant(),
            ["check"] = finding.Check,
            ["found"] = finding.Found,
        };
        if (finding.Remedy is not null)
        {
            json["remedy"] = finding.Remedy;
        }

        return json;
    }
}
