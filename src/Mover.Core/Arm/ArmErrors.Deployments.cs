using System.Globalization;

namespace Mover.Core.Arm;

/// <summary>Refusals of deployments and their templates; codes and most sentences as Azure Resource Manager gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>The code of a deployment that failed because of its resources.</summary>
    public const string DeploymentFailedCode = "DeploymentFailed";

    /// <summary>The code of what is wrong with resources before any is deployed.</summary>
    public const string InvalidTemplateDeploymentCode = "InvalidTemplateDeployment";

    /// <summary>The code of a storage account that cannot be called so.</summary>
    public const string AccountNameInvalidCode = "AccountNameInvalid";

    /// <summary>400: the template, its parameters or an expression is wrong.</summary>
    /// <param name="code">The code of what was found.</param>
    /// <param name="message">What was found.</param>
    /// <param name="where">Where; null when unknown.</param>
    public static ArmError InvalidTemplate(string code, string message, TemplateViolation? where) =>
        new(400, code, code == "InvalidTemplate" ? $"Deployment template validation failed: '{message}'." : message)
        {
            Violation = where,
        };

    /// <summary>400: resources of the template are wrong, or their caller may not write them.</summary>
    public static ArmError InvalidTemplateDeployment(string deployment, string tracking, IReadOnlyList<ArmError> details) =>
        new(400, InvalidTemplateDeploymentCode, $"The template deployment '{deployment}' is not valid according to the validation "
            + $"procedure. The tracking id is '{tracking}'. See inner errors for details.", Details: details);

    /// <summary>Of such a refusal: what the provider of a type found that takes part in the check itself.</summary>
    public static ArmError PreflightValidationCheckFailed(IReadOnlyList<ArmError> details) =>
        new(400, "PreflightValidationCheckFailed", "Preflight validation failed. Please refer to the details for the specific errors.",
            Details: details);

    /// <summary>400: a deployment cannot be called so.</summary>
    public static ArmError DeploymentNameTooLong(string name, int charsMax) =>
        new(400, "InvalidDeployment", $"The provided deployment name '{Shown(name)}' has a length of '"
            + name.Length.ToString(CultureInfo.InvariantCulture) + $"' which exceeds the maximum length of '{charsMax}'. Please see "
            + "https://aka.ms/arm-deploy for usage details.");

    /// <summary>400: something of a deployment that is not carried out here.</summary>
    public static ArmError InvalidDeployment(string message, string? target = null) => new(400, "InvalidDeployment", message, target);

    /// <summary>400: content that lies elsewhere.</summary>
    public static ArmError ContentLinkNotSupported(string member) =>
        new(400, "InvalidContentLink", $"The control plane does not download content: '{member}' is not supported. Send the content "
            + "itself in the request.", member);

    /// <summary>400: content that nobody else could reach either.</summary>
    public static ArmError ContentLinkInvalid(string uri, string member) =>
        new(400, "InvalidContentLink", $"The provided content link '{Shown(uri)}' is invalid or not supported. Content link must be an "
            + "absolute URI not referencing local host or UNC path.", member);

    /// <summary>400: a parameter that is to be read from a vault.</summary>
    public static ArmError ParameterReferenceNotSupported(string parameter) =>
        new(400, "KeyVaultParameterReferenceNotSupported", $"The parameter '{Shown(parameter)}' refers to a Key Vault secret, which "
            + "deployments do not read. Pass the value instead.", $"properties.parameters.{parameter}");

    /// <summary>413: the template with its parameters is larger than the control plane keeps.</summary>
    public static ArmError DeploymentTooLarge(string what, int bytesMax) =>
        new(413, "RequestContentTooLarge", $"The {what} of the deployment are larger than {bytesMax} bytes. Split the deployment.");

    /// <summary>409: all deployments that the scope may have are still active.</summary>
    public static ArmError DeploymentQuotaExceeded(string scope, int countMax) =>
        new(409, "DeploymentQuotaExceeded", $"The scope '{Shown(scope)}' already has {countMax} deployments, all still active. Wait for "
            + "one to finish, or cancel one and delete it.");

    /// <summary>409: the deployment of this name has not ended.</summary>
    public static ArmError DeploymentActive(string id, DateTimeOffset start, string correlation) =>
        new(409, "DeploymentActive", $"The deployment with resource id '{id}' cannot be saved, because this would overwrite an existing "
            + $"deployment which is still active. It started at {start:u} under correlation id '{correlation}'. Wait for it to finish, or "
            + "cancel it.", RetryAfter: TimeSpan.FromSeconds(5));

    /// <summary>409: only what is active can be canceled.</summary>
    public static ArmError DeploymentCannotBeCancelled(string name, string state) =>
        new(409, "DeploymentCannotBeCancelled", $"The deployment '{Shown(name)}' cannot be canceled: it is {state}.");

    /// <summary>409: another deployment runs this one.</summary>
    public static ArmError DeploymentIsNested(string name, string root) =>
        new(409, "DeploymentActive", $"The deployment '{Shown(name)}' is part of '{root}', which is still active. Cancel that one.");

    /// <summary>409: the deployment that a write belongs to was canceled, deleted, or is carried out by another instance.</summary>
    public static ArmError DeploymentEnded() =>
        new(409, "DeploymentCanceled", "The deployment was canceled or another server runs it; the resource was not written.");

    /// <summary>404: no such deployment.</summary>
    public static ArmError DeploymentNotFound(string name) =>
        new(404, "DeploymentNotFound", $"Deployment '{Shown(name)}' could not be found.");

    /// <summary>404: no such operation of a deployment.</summary>
    public static ArmError DeploymentOperationNotFound(string name) =>
        new(404, "DeploymentOperationNotFound", $"Deployment operation '{Shown(name)}' could not be found.");

    /// <summary>409: some resources of a deployment failed.</summary>
    public static ArmError DeploymentFailed(IReadOnlyList<ArmError> details) =>
        new(409, DeploymentFailedCode, "At least one resource deployment operation failed. Please list deployment operations for details. "
            + "Please see https://aka.ms/arm-deployment-operations for usage details.", Details: details);

    /// <summary>409: a nested deployment failed.</summary>
    public static ArmError ResourceDeploymentFailure(string id, ArmError inner) =>
        new(409, "ResourceDeploymentFailure", "The resource write operation failed to complete successfully, because it reached terminal "
            + "provisioning state 'Failed'.", id, [inner]);

    /// <summary>400: outputs could not be evaluated.</summary>
    public static ArmError DeploymentOutputEvaluationFailed(string output, string message)
    {
        const string Code = "DeploymentOutputEvaluationFailed";
        return new(400, Code, $"Unable to evaluate template outputs: '{Shown(output)}'. Please see error details and deployment "
            + "operations. Please see https://aka.ms/arm-common-errors for usage details.",
            Details: [new(400, Code, message, output)]);
    }

    /// <summary>404: the api-version is not one of the type's.</summary>
    public static ArmError NoRegisteredProvider(string type, string location, string version, IEnumerable<string> known) =>
        new(400, "NoRegisteredProviderFound", $"No registered resource provider found for location '{Shown(location)}' and API version "
            + $"'{Shown(version)}' for type '{Shown(type)}'. The supported api-versions are '{string.Join(", ", known)}'.");

    /// <summary>Beside an export: some resources are not in it.</summary>
    public static ArmError ExportedWithErrors(IReadOnlyList<ArmError> details) =>
        new(200, "ExportTemplateCompletedWithErrors", "Export template operation completed with errors. Some resources were not exported. "
            + "Please see details for more information.", Details: details);

    /// <summary>Of a resource that is not in an export.</summary>
    public static ArmError ExportProviderError(string type, string why) =>
        new(200, "ExportTemplateProviderError", $"Could not get resources of the type '{type}'. Resources of this type will not be "
            + $"exported. {why}", type);

    /// <summary>400: more resources than a template can have.</summary>
    public static ArmError ExportTooLarge(int countMax) =>
        new(400, "ExportTemplateTooManyResources", $"The export would have more than {countMax} resources, the most that a template can "
            + "hold. Name the resources to export, for example one storage mover at a time.", "resources");

    /// <summary>400: templates are exported as JSON, and as Bicep where the server has the program for it.</summary>
    public static ArmError ExportFormatNotSupported(string format) =>
        new(400, "ExportTemplateOutputFormatNotSupported", $"The output format '{Shown(format)}' is not supported. Use 'Json', and "
            + "'bicep decompile' for Bicep.", "outputFormat");

    /// <summary>500: the server's program for Bicep did not write an export.</summary>
    public static ArmError ExportNotDecompiled() =>
        new(500, "ExportTemplateDecompileFailed", "The export could not be written as Bicep; the server's log says why. Use the output "
            + "format 'Json'.", "outputFormat");

    /// <summary>What a request that the control plane made of itself was refused with.</summary>
    public static ArmError Answered(int status, string code, string message, string? target, IReadOnlyList<ArmError>? details) =>
        new(status, code, message, target, details);

    /// <summary>Such a request was answered with an error that says nothing.</summary>
    public static ArmError UnexpectedAnswer(int status) =>
        new(status, "UnexpectedAnswer", "An internal request of the control plane returned status "
            + status.ToString(CultureInfo.InvariantCulture) + " without an error.");

    /// <summary>405: what the resource would become cannot be told ahead.</summary>
    public static ArmError PreviewNotSupported(string type) =>
        new(405, "PreviewNotSupported", $"Writes of type '{Shown(type)}' cannot be previewed.");
}

/// <summary>Where a template is wrong, as <c>additionalInfo</c> of an error shows it.</summary>
/// <param name="Line">The line, from 1; 0 when unknown.</param>
/// <param name="Column">The column, from 1; 0 when unknown.</param>
/// <param name="Path">Such as <c>properties.template.parameters.x</c>; empty when unknown.</param>
public sealed record TemplateViolation(int Line, int Column, string Path);
