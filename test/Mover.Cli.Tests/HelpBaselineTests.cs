using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Testing;

namespace Mover.Cli.Tests;

public sealed class HelpBaselineTests
{
    [Fact]
    public async Task The_help_of_every_command_is_the_accepted_one()
    {
        var lines = new List<string>();
        foreach (var path in Paths())
        {
            var help = await new Shell().RunAsync([.. path, "--help"]);
            Assert.Equal(ExitCodes.Ok, help.ExitCode);
            lines.Add($"## mover {string.Join(' ', path)}".TrimEnd());
            lines.AddRange(help.Out.Replace("testhost", "mover", StringComparison.Ordinal).Split('\n').Select(line => line.TrimEnd())
                .Where(line => line.Length > 0));
        }

        TextBaseline.Check("help.txt", lines);
    }

    private static IEnumerable<string[]> Paths()
    {
        yield return [];
        foreach (var verb in Tree([]).Subcommands)
        {
            foreach (var path in Below([verb.Name], Tree([verb.Name]).Subcommands.Single(other => other.Name == verb.Name)))
            {
                yield return path;
            }
        }
    }

    private static IEnumerable<string[]> Below(string[] path, Command command) =>
        command.Subcommands.SelectMany(sub => Below([.. path, sub.Name], sub)).Prepend(path);

    private static RootCommand Tree(string[] args) =>
        MoverApp.CreateRoot(
            args, new() { Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null, Environment = _ => null }, new("--debug"));
}
