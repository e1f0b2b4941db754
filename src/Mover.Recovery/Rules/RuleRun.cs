using System.Text.Json.Nodes;
using Mover.Recovery.Plans;

namespace Mover.Recovery.Rules;

/// <summary>
/// Applies rules to the resources of a template, each rule to all of them before the next one. Notes each change with the rule that made
/// it.
/// </summary>
/// <param name="resources">The resources; they are changed.</param>
/// <param name="group">The resource group that they were in.</param>
/// <param name="values">What <c>${name}</c> in a rule's values stands for.</param>
internal sealed class RuleRun(List<JsonObject> resources, string group, IReadOnlyDictionary<string, string> values)
{
    /// <summary>The changes, in the order in which they were made.</summary>
    public List<PlanChange> Changes { get; } = [];

    /// <summary>What did not hold.</summary>
    public List<PlanProblem> Problems { get; } = [];

    /// <summary>A person's rules that matched nothing.</summary>
    public List<string> Unmatched { get; } = [];

    /// <summary>Applies a rule.</summary>
    public void Apply(RecoveryRule rule)
    {
        var matched = resources.Where(resource => rule.Match.Holds(resource, group)).ToList();
        if (matched.Count == 0 && !rule.IsBuiltIn)
        {
            Unmatched.Add(rule.Name);
        }

        foreach (var resource in matched)
        {
            if (rule.Removes)
            {
                Remove(resource, rule.Name);
            }
            else
            {
                Change(resource, rule);
            }
        }
    }

    private void Remove(JsonObject resource, string rule)
    {
        var reference = ResourceReference.Of(resource);
        resources.Remove(resource);
        Changes.Add(new() { Rule = rule, Kind = PlanChangeKind.Removed, Type = reference.Type, Name = reference.Name });
        foreach (var other in resources.Where(other => other["dependsOn"] is JsonArray))
        {
            var waits = other["dependsOn"]!.AsArray();
            foreach (var one in waits.Where(one => reference.IsMeantBy(one?.ToString())).ToList())
            {
                waits.Remove(one);
                var holder = ResourceReference.Of(other);
                Changes.Add(new()
                {
                    Rule = rule, Kind = PlanChangeKind.Changed, Type = holder.Type, Name = holder.Name, Path = "/dependsOn",
                    Before = one?.DeepClone(),
                });
            }

            if (waits.Count == 0)
            {
                other.Remove("dependsOn");
            }
        }
    }

    private void Change(JsonObject resource, RecoveryRule rule)
    {
        var before = resource.DeepClone().AsObject();
        var reference = ResourceReference.Of(resource);
        if (rule.Merge is { } merge)
        {
            JsonPatch.Merge(resource, (JsonObject)Filled(merge)!);
        }
        else if (JsonPatch.Apply(resource, rule.Patch.Select(one => one with { Value = Filled(one.Value) })) is { } problem)
        {
            Restore(resource, before);
            Problems.Add(PlanProblem.Blocks(
                "RuleFailed", $"Cannot apply the rule '{rule.Name}' to {reference}: {problem}.",
                "Fix the rule, or narrow what it matches."));
            return;
        }

        if (!ResourceReference.Of(resource).Equals(reference))
        {
            Restore(resource, before);
            Problems.Add(PlanProblem.Blocks(
                "RuleFailed", $"The rule '{rule.Name}' changes the type or the name of {reference}.",
                "References to the resource would break; do not change its type or name."));
            return;
        }

        Changes.AddRange(JsonDifference.Between(before, resource).Select(difference => new PlanChange
        {
            Rule = rule.Name, Kind = PlanChangeKind.Changed, Type = reference.Type, Name = reference.Name, Path = difference.Path,
            Before = difference.Before, After = difference.After,
        }));
    }

    private static void Restore(JsonObject resource, JsonObject before)
    {
        resource.Clear();
        foreach (var (name, value) in before)
        {
            resource[name] = value?.DeepClone();
        }
    }

    private JsonNode? Filled(JsonNode? value) => value switch
    {
        null => null,
        JsonObject one => new JsonObject(one.Select(member => KeyValuePair.Create(member.Key, Filled(member.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Filled)]),
        JsonValue text when text.TryGetValue<string>(out var pattern) =>
            values.Aggregate(pattern, (at, one) => at.Replace("${" + one.Key + "}", one.Value, StringComparison.Ordinal)),
        _ => value.DeepClone(),
    };
}
