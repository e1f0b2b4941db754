using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Files;
using Mover.Templates;
using Mover.Templates.Deployments;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// An ARM template that is no snapshot: one that Azure exported, or that <c>bicep build</c> made. It is evaluated with its parameters, and
/// what belongs to a storage mover is taken as a snapshot has it; the rest is left out and listed.
/// </summary>
public static class PlainTemplate
{
    private const int NamedMax = 10;
    private const string Tenant = "00000000-0000-0000-0000-000000000000";

    /// <summary>Reads a template.</summary>
    /// <param name="file">The template.</param>
    /// <param name="parametersFile">A parameter file, or a bare object of parameters; null for none.</param>
    /// <param name="place">The group that it stands for, and the region that <c>resourceGroup().location</c> answers.</param>
    /// <param name="programVersion">Version of this program.</param>
    /// <param name="now">When it is read.</param>
    /// <exception cref="RecoveryException"><c>TemplateNotFound</c>, <c>TemplateInvalid</c>, <c>ParametersMissing</c>,
    /// <c>SecretInEstate</c>, or <see cref="EstateReader.NoMover"/>.</exception>
    public static Snapshot Read(
        string file, string? parametersFile, SnapshotSource place, string programVersion, DateTimeOffset now)
    {
        var (resources, secrets) = Evaluate(file, parametersFile, place, now);
        var (taken, leftOut) = Choose(resources, ref place, file);
        var template = CanonicalTemplate.Of(taken);
        if (SnapshotShape.Refuse(template) is { } problem)
        {
            throw Invalid(file, problem);
        }

        SecretScan.Check(template);
        RefuseSecrets(template, secrets);
        return new(template, new()
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = now,
            TakenBy = programVersion,
            Source = place,
            TemplateDigest = SnapshotFolder.DigestOf(RecoveryJson.ToBytes(template)),
            Counts = new(
                taken.GroupBy(one => EstateTypes.Usual(one.Id.Type), StringComparer.OrdinalIgnoreCase)
                    .ToDictionary(some => some.Key, some => some.Count(), StringComparer.OrdinalIgnoreCase),
                StringComparer.OrdinalIgnoreCase),
            Agents = [.. taken.Where(one => ArmCase.Same(one.Id.Type, EstateTypes.Agent)).Select(one =>
                new SnapshotAgent(one.Id.Text, Estate.PropertyOf(one.Body, "arcResourceId"), null))],
            FinishedMirrors =
            [
                .. taken.Where(one => ArmCase.Same(one.Id.Type, EstateTypes.JobDefinition) && FinishedMirror.Is(one.Body))
                    .Select(one => one.Id.Text),
            ],
            LeftOut = [.. leftOut.Take(SnapshotOptions.LeftOutMax)],
        });
    }

    private static (List<JsonObject> Resources, List<string> Secrets) Evaluate(
        string file, string? parametersFile, SnapshotSource place, DateTimeOffset now)
    {
        var parsed = Parsed(file);
        var isOfSubscription = parsed is ObjectValue root && root["$schema"] is StringValue schema
            && schema.Value.Contains("subscriptionDeploymentTemplate", StringComparison.OrdinalIgnoreCase);
        if ((parsed as ObjectValue)?["resources"] is null)
        {
            throw Invalid(file, "it is not a template: it has no resources");
        }

        var given = parametersFile is null ? null : Parsed(parametersFile) as ObjectValue
            ?? throw Invalid(parametersFile, "it is not an object");
        given = given?["parameters"] as ObjectValue ?? given;
        RequireParameters(file, parsed, given);
        try
        {
            var plan = DeploymentPlan.Create(parsed, given, new()
            {
                SubscriptionId = place.SubscriptionId,
                ResourceGroup = isOfSubscription ? null : place.ResourceGroup,
                Location = place.Location,
                TenantId = Tenant,
                DeploymentName = "mover-recovery",
                Now = now,
                NewGuid = Guid.NewGuid,
            });
            return (
                [.. new PlannedRuntime(plan).Resources().Select(one => JsonNode.Parse(ValueText.ToJson(one))).OfType<JsonObject>()],
                [.. plan.Parameters.Where(one => one.IsSecure).Select(one => one.Value).OfType<StringValue>().Select(one => one.Value)
                    .Where(text => text.Length > 0)]);
        }
        catch (TemplateException fault)
        {
            var at = fault.Place.Line > 0 ? $" (line {fault.Place.Line}, column {fault.Place.Column})" : string.Empty;
            throw fault.Code == "ResourceNotFound"
                ? new RecoveryException(
                    "TemplateInvalid", $"The template {file} uses a value that only a deployment can evaluate: {fault.Message}{at}",
                    "Replace it with the value itself, as a parameter or a literal.", fault)
                : Invalid(file, $"{fault.Code}: {fault.Message}{at}", fault);
        }
    }

    private static void RequireParameters(string file, TemplateValue template, ObjectValue? given)
    {
        var missing = ((template as ObjectValue)?["parameters"] as ObjectValue ?? ObjectValue.Empty)
            .Where(one => one.Value is ObjectValue declared && declared["defaultValue"] is null
                && declared["nullable"] is not BooleanValue { Value: true } && given?[one.Name] is null)
            .Select(one => one.Name).ToList();
        if (missing.Count > 0)
        {
            throw new RecoveryException(
                "ParametersMissing",
                $"The template {file} has {missing.Count} parameters without a value: {string.Join(", ", missing.Take(NamedMax))}"
                    + $"{(missing.Count > NamedMax ? ", …" : string.Empty)}.",
                "Provide them in a parameter file: --parameters FILE.");
        }
    }

    // The group of the storage movers is the one that counts; Bicep's modules may have others.
    private static (List<TakenResource> Taken, List<SnapshotLeftOut> LeftOut) Choose(
        List<JsonObject> resources, ref SnapshotSource place, string file)
    {
        var all = resources.Select(one => (Id: Estate.IdOf(one), Body: one)).ToList();
        var movers = all.Where(one => ArmCase.Same(one.Id.Type, EstateTypes.Mover)).ToList();
        var groups = movers.Select(one => ResourceId.OfGroup(one.Id.Subscription, one.Id.ResourceGroup)).Distinct().ToList();
        if (groups.Count != 1)
        {
            throw groups.Count == 0
                ? new RecoveryException(
                    EstateReader.NoMover, $"The template {file} does not create a storage mover.", "Specify the template that creates it.")
                : new RecoveryException(
                    "TemplateInvalid", $"The template {file} creates storage movers in {groups.Count} resource groups: "
                        + $"{string.Join(", ", groups.Take(NamedMax).Select(group => group.Name))}.",
                    "A recovery covers one resource group; split the template.");
        }

        var group = groups[0];
        var (taken, leftOut) = (new List<TakenResource>(), new List<SnapshotLeftOut>());
        foreach (var (id, body) in all)
        {
            if (EstateTypes.RankOf(id.Type) < 0 || ResourceId.OfGroup(id.Subscription, id.ResourceGroup) != group)
            {
                leftOut.Add(new(id.Text, EstateTypes.RankOf(id.Type) < 0 ? "not part of a storage mover" : "in another resource group"));
                continue;
            }

            var version = Estate.TextOf(body["apiVersion"]) ?? throw Invalid(file, $"{id} has no apiVersion");
            foreach (var name in new[] { "id", "name", "type", "apiVersion" })
            {
                body.Remove(name);
            }

            taken.Add(new(id, version, body));
        }

        if (taken.GroupBy(one => one.Id.Key, StringComparer.Ordinal).FirstOrDefault(some => some.Count() > 1) is { } twice)
        {
            throw Invalid(file, $"it creates {twice.First().Id} twice");
        }

        place = place with
        {
            SubscriptionId = group.Subscription, ResourceGroup = group.ResourceGroup,
            Location = Estate.TextOf(movers[0].Body["location"]) ?? place.Location,
        };
        return (taken, leftOut);
    }

    // A plan is a file that people keep; what was secret stays out of it.
    private static void RefuseSecrets(JsonObject template, List<string> secrets)
    {
        foreach (var resource in template["resources"] as JsonArray ?? [])
        {
            if (resource is JsonObject one && secrets.Exists(secret => Holds(one, secret)))
            {
                throw SecretScan.Found($"{ResourceReference.Of(one)} contains the value of a secure parameter.");
            }
        }
    }

    private static bool Holds(JsonNode? node, string secret) => node switch
    {
        JsonObject one => one.Any(member => Holds(member.Value, secret)),
        JsonArray many => many.Any(item => Holds(item, secret)),
        _ => Estate.TextOf(node)?.Contains(secret, StringComparison.Ordinal) == true,
    };

    private static TemplateValue Parsed(string file)
    {
        try
        {
            var bytes = PlainFile.Read(file, TemplateLimits.TextCharactersMax * 4L);
            return LenientJson.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF'));
        }
        catch (Exception fault) when (fault is FormatException or DecoderFallbackException or PlainFileException)
        {
            throw Invalid(file, fault.Message.TrimEnd('.'), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "TemplateNotFound", $"Cannot read {file}: {fault.Message}", "Specify a template file or a snapshot folder.", fault);
        }
    }

    private static RecoveryException Invalid(string file, string what, Exception? cause = null) => new(
        "TemplateInvalid", $"Cannot use the template {file}: {what}.",
        "Fix it; for Bicep files, specify the output of `bicep build`.", cause);
}
