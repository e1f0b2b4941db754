using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Conformance;

namespace Mover.Cli.Conformance;

/// <summary>Writes what the suite found: a line per rule and the failures for people, everything for scripts.</summary>
internal sealed class ConformanceWriter(Terminal terminal, string format)
{
    private const string Text = "text";
    private const string Json = "json";
    private const int ProgressEvery = 250;

    private int _ended;
    private int _failed;

    public static Option<string> CreateFlag()
    {
        var flag = new Option<string>("--output", "-o")
        {
            Description = "Format of the report: text or json.", DefaultValueFactory = _ => Text, HelpName = "format",
        };
        flag.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Json, Text);
        return flag;
    }

    /// <summary>Tells on stderr how far the run is.</summary>
    public void Progress(CheckResult result)
    {
        _failed += result.Outcome == CheckOutcome.Failed ? 1 : 0;
        if (++_ended % ProgressEvery == 0)
        {
            terminal.Error.WriteLine($"{_ended} checks, {_failed} failed");
        }
    }

    public void WriteNames(IReadOnlyList<string> names)
    {
        if (format.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            new ResultWriter(terminal).WriteJson(new JsonArray([.. names.Select(n => JsonValue.Create(n))]));
            return;
        }

        foreach (var name in names)
        {
            terminal.Out.WriteLine(name);
        }
    }

    public void Write(SuiteReport report, string? file)
    {
        if (file is not null)
        {
            File.WriteAllText(file, ToJson(report).ToJsonString() + "\n");
        }

        if (format.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            new ResultWriter(terminal).WriteJson(ToJson(report));
            return;
        }

        foreach (var rule in report.Rules)
        {
            WriteRule(rule, [.. report.Results.Where(r => r.Rule == rule.Id)]);
        }

        foreach (var left in report.Leftovers)
        {
            terminal.Out.WriteLine($"left behind: {left}");
        }

        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Count(CheckOutcome.Passed)} passed, {report.Count(CheckOutcome.Failed)} failed, "
                + $"{report.Count(CheckOutcome.NotApplicable)} not applicable in {report.Elapsed.TotalSeconds:F0} s"));
    }

    private void WriteRule(SuiteRule rule, IReadOnlyList<CheckResult> results)
    {
        if (results.Count == 0)
        {
            return;
        }

        var failed = results.Where(r => r.Outcome == CheckOutcome.Failed).ToList();
        var passed = results.Count(r => r.Outcome == CheckOutcome.Passed);
        var verdict = failed.Count > 0 ? "FAIL" : passed > 0 ? "ok" : "n/a";
        terminal.Out.WriteLine($"{verdict,-4} {rule.Id,-16} {passed,4} of {results.Count,-4} {rule.Title}");
        foreach (var result in failed)
        {
            terminal.Out.WriteLine($"     {result.Id}: {result.Reason}");
            terminal.Out.WriteLine(Indented(result.Excerpt ?? string.Empty));
        }
    }

    private static string Indented(string text) =>
        string.Join('\n', text.Split('\n').Select(line => $"       | {line.TrimEnd('\r')}"));

    private static JsonObject ToJson(SuiteReport report) => new()
    {
        ["endpoint"] = report.Endpoint.ToString(),
        ["apiVersions"] = new JsonArray([.. report.Versions.Select(v => JsonValue.Create(v))]),
        ["passed"] = report.Count(CheckOutcome.Passed),
        ["failed"] = report.Count(CheckOutcome.Failed),
        ["notApplicable"] = report.Count(CheckOutcome.NotApplicable),
        ["seconds"] = Math.Round(report.Elapsed.TotalSeconds, 1),
        ["leftovers"] = new JsonArray([.. report.Leftovers.Select(l => JsonValue.Create(l))]),
        ["rules"] = new JsonArray([.. report.Rules.Select(r => ToJson(r, report))]),
    };

    private static JsonObject ToJson(SuiteRule rule, SuiteReport report) => new()
    {
        ["rule"] = rule.Id,
        ["title"] = rule.Title,
        ["source"] = rule.Source,
        ["checks"] = new JsonArray([.. report.Results.Where(r => r.Rule == rule.Id).Select(ToJson)]),
    };

    private static JsonObject ToJson(CheckResult result)
    {
        var json = new JsonObject { ["id"] = result.Id, ["outcome"] = Word(result.Outcome) };
        if (result.Reason is not null)
        {
            json["reason"] = result.Reason;
        }

        if (result.Excerpt is not null)
        {
            json["exchange"] = result.Excerpt;
        }

        return json;
    }

    private static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Passed => "passed",
        CheckOutcome.Failed => "failed",
        _ => "notApplicable",
    };
}
