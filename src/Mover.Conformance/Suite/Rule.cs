using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>One rule of the contract, and how it is tried on what a version has.</summary>
/// <param name="Id">Stable name, such as <c>ARM-PUT-003</c>.</param>
/// <param name="Title">The rule, one sentence.</param>
/// <param name="Cases">What it is tried on in a version.</param>
internal sealed record Rule(string Id, string Title, Func<ApiDefinition, IEnumerable<Case>> Cases)
{
    /// <summary>Where the rule comes from, one of <see cref="Sources"/>.</summary>
    public string Source { get; private init; } = string.Empty;

    /// <summary>True for a rule about what stands around Storage Mover: its versions change nothing there, so once in a run is
    /// enough.</summary>
    public bool IsOnce { get; private init; }

    /// <summary>True for a decision of Mover's own, which no other endpoint has to share.</summary>
    public bool IsOurs => Source == Sources.Mover;

    /// <summary>The rule with its source.</summary>
    public Rule From(string source) => this with { Source = source };

    /// <summary>A rule that is tried on every resource type of the version.</summary>
    public static Rule OfKinds(string id, string title, Func<Bench, Kind, Task> run, Func<Kind, bool>? when = null) =>
        new(id, title, api => Kind.In(api).Where(when ?? (kind => !kind.IsVariant))
            .Select(kind => new Case(kind.Name, bench => run(bench, kind))));

    /// <summary>A rule that is tried with a text on every resource type of the version.</summary>
    public static Rule OfKinds(string id, string title, string text, Func<Bench, Kind, string, Task> run) =>
        OfKinds(id, title, (bench, kind) => run(bench, kind, text));

    /// <summary>A rule that is tried once in every version.</summary>
    public static Rule OfVersion(string id, string title, Func<Bench, Task> run, Func<ApiDefinition, bool>? when = null) =>
        new(id, title, api => when is null || when(api) ? [new Case(string.Empty, run)] : []);

    /// <summary>A rule about what stands around Storage Mover.</summary>
    public static Rule Once(string id, string title, string source, Func<Bench, Task> run) =>
        OfVersion(id, title, run) with { Source = source, IsOnce = true };
}

/// <summary>One thing that a rule is tried on.</summary>
/// <param name="Subject">What it is; a part of the check's id, empty for the whole version.</param>
/// <param name="RunAsync">Tries it; throws when the rule does not hold.</param>
internal sealed record Case(string Subject, Func<Bench, Task> RunAsync);

/// <summary>The rule does not hold.</summary>
/// <param name="message">What was expected and what came.</param>
/// <param name="exchange">The exchange that shows it.</param>
internal sealed class RuleBrokenException(string message, Exchange? exchange) : Exception(message)
{
    public Exchange? Exchange { get; } = exchange;
}

/// <summary>The rule cannot be tried here.</summary>
/// <param name="reason">Why.</param>
internal sealed class NotApplicableException(string reason) : Exception(reason);
