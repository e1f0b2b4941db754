using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Makes the resources of one template: runs their loops, judges their conditions, finds their ids.</summary>
internal sealed class ResourceExpander(TemplateShape template, Scope scope, DeploymentContext target, int depth)
{
    private static readonly string[] Modes = ["Parallel", "Serial"];
    private readonly List<PlannedResource> _resources = [];
    private readonly List<ResourceIdentity> _skipped = [];
    private readonly HashSet<string> _emptyLoops = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All resources in the order of the template, with what they wait for.</summary>
    public IReadOnlyList<PlannedResource> Expand()
    {
        foreach (var (symbol, written) in template.Resources())
        {
            ExpandOne(symbol, written, scope, parent: null);
        }

        RefuseDoubles();
        new DependencyGraph(_resources, _skipped, _emptyLoops, template.IsVersion2).Connect();
        return _resources;
    }

    private void ExpandOne(string? symbol, ObjectValue written, Scope outside, ResourceIdentity? parent)
    {
        try
        {
            if (written["copy"] is not ObjectValue copy)
            {
                Add(symbol, written, outside, parent, loop: null, index: 0, batchSize: null);
                return;
            }

            var name = (copy["name"] as StringValue)?.Value ?? symbol ?? string.Empty;
            var batchSize = BatchSize(copy, written, outside);
            var count = ValueResolver.CountOf(copy, outside with { References = NoReferences.Instance });
            if (count == 0)
            {
                _emptyLoops.Add(name);
                _emptyLoops.Add(symbol ?? name);
            }

            for (var at = 0; at < count; at++)
            {
                Add(symbol, written, outside.InLoop(name, at, isResource: true), parent, name, at, batchSize);
            }
        }
        catch (TemplateException fault)
        {
            throw ResourceWords.Wrap(fault, written);
        }
    }

    private static int? BatchSize(ObjectValue copy, ObjectValue written, Scope outside)
    {
        var mode = ValueResolver.TextOf(copy["mode"], outside, "mode of a copy loop") ?? Modes[0];
        if (!Modes.Contains(mode, StringComparer.OrdinalIgnoreCase))
        {
            throw ResourceWords.Fault(
                written, $"{ResourceWords.At(written)} has an invalid copy mode '{mode}'. The supported values are "
                    + $"'{string.Join(',', Modes)}'.");
        }

        if (!mode.Equals(Modes[1], StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var size = copy["batchSize"] is { } sized ? ValueResolver.ResolveNow(sized, outside) : TemplateValue.Of(1);
        return size is IntegerValue { Value: >= 1 and <= TemplateLimits.ResourcesMax } number
            ? (int)number.Value
            : throw ResourceWords.Fault(written, $"{ResourceWords.At(written)} has an invalid copy batch size '{ValueText.ToJson(size)}'.");
    }

    private void Add(string? symbol, ObjectValue written, Scope inside, ResourceIdentity? parent, string? loop, int index, int? batchSize)
    {
        var now = inside with { References = NoReferences.Instance };
        var isOn = written["condition"] is not { } condition || ValueResolver.ResolveNow(condition, now) switch
        {
            BooleanValue value => value.Value,
            var other => throw new TemplateException(
                $"The condition must be of type 'Boolean'. The provided value is of type '{other.Kind}'."),
        };
        if (!isOn)
        {
            Skip(written, now, parent);
            return;
        }

        inside.Budget.Resource();
        if (_resources.Count == TemplateLimits.ResourcesMax)
        {
            throw new TemplateException(
                $"The number of template resources limit exceeded. Limit: '{TemplateLimits.ResourcesMax}' and actual: "
                    + $"'{TemplateLimits.ResourcesMax + 1}'.");
        }

        var identity = Identify(written, now, parent);
        var resource = new PlannedResource(identity, written, inside)
        {
            ApiVersion = ValueResolver.TextOf(written["apiVersion"], now, "api-version"),
            Symbol = symbol,
            Loop = loop,
            LoopIndex = index,
            BatchSize = batchSize,
            IsExisting = written["existing"] is BooleanValue { Value: true },
            Nested = identity.Type.Equals(ResourceIdentity.DeploymentType, StringComparison.OrdinalIgnoreCase)
                ? new NestedDeployment(identity, written, inside, ContextOf(written, now), depth)
                : null,
        };
        _resources.Add(resource);
        foreach (var child in (written["resources"] as ArrayValue)?.Items.OfType<ObjectValue>() ?? [])
        {
            ExpandOne(null, child, inside, identity);
        }
    }

    // A resource that is not deployed may have a name that cannot be evaluated; nothing can wait for it then.
    private void Skip(ObjectValue written, Scope now, ResourceIdentity? parent)
    {
        try
        {
            _skipped.Add(Identify(written, now, parent));
        }
        catch (TemplateException)
        {
            _emptyLoops.Add(ResourceWords.Name(written));
        }
    }

    private ResourceIdentity Identify(ObjectValue written, Scope now, ResourceIdentity? parent)
    {
        var type = ValueResolver.TextOf(written["type"], now, "type") ?? string.Empty;
        var name = ValueResolver.TextOf(written["name"], now, "name");
        if (string.IsNullOrEmpty(name))
        {
            throw ResourceWords.Fault(
                written, $"of type '{type}' {ResourceWords.At(written)} is not valid. The name property cannot be null or empty.");
        }

        if (parent is not null && !type.Contains('/', StringComparison.Ordinal))
        {
            (type, name) = ($"{parent.Type}/{type}", $"{parent.Name}/{name}");
        }

        try
        {
            return ResourceIdentity.Make(type, name, ValueResolver.TextOf(written["scope"], now, "scope"), ContextOf(written, now));
        }
        catch (TemplateException fault)
        {
            throw ResourceWords.Fault(written, $"of type '{type}' {ResourceWords.At(written)} has an invalid name. {fault.Message}");
        }
    }

    // A deployment may go to another group or subscription.
    private DeploymentContext ContextOf(ObjectValue written, Scope now)
    {
        var subscription = ValueResolver.TextOf(written["subscriptionId"], now, "subscription");
        var group = ValueResolver.TextOf(written["resourceGroup"], now, "resource group");
        return subscription is null && group is null ? target : target with
        {
            SubscriptionId = subscription ?? target.SubscriptionId,
            ResourceGroup = group,
        };
    }

    private void RefuseDoubles()
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in _resources.Where(one => !seen.Add(one.Id)))
        {
            throw new TemplateException(
                $"The resource '{one.Type}/{one.Name}' {ResourceWords.At(one.Written)} is defined multiple times in a template. Please see "
                + "https://aka.ms/arm-syntax-resources for usage details.",
                path: "properties.template.resources", place: one.Place);
        }
    }
}
