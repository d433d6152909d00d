using System.Reflection;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Fhir.Export;
using EhrLedger.Node.Fhir.Operations;
using EhrLedger.Node.Fhir.Subscriptions;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>The CapabilityStatement, made of what <see cref="FhirFeature"/> maps.</summary>
internal sealed class Metadata
{
    public Metadata(NodeSettings settings, ServerBase server, SmartAddresses authorization, TimeProvider time)
    {
        CapabilityStatement.TypeRestfulInteraction[] interactions =
        [
            CapabilityStatement.TypeRestfulInteraction.Read,
            CapabilityStatement.TypeRestfulInteraction.Vread,
            CapabilityStatement.TypeRestfulInteraction.HistoryInstance,
            CapabilityStatement.TypeRestfulInteraction.HistoryType,
            CapabilityStatement.TypeRestfulInteraction.Create,
            CapabilityStatement.TypeRestfulInteraction.Update,
            CapabilityStatement.TypeRestfulInteraction.Patch,
            CapabilityStatement.TypeRestfulInteraction.Delete,
            CapabilityStatement.TypeRestfulInteraction.SearchType,
        ];
        var types = ModelInfo.SupportedResources
            .Where(type => type is not ("Resource" or "DomainResource"))
            .Order(StringComparer.Ordinal)
            .Select(type => new ResourceCapability(type, interactions, [.. SearchParameters.For(type).Values.Where(parameter => parameter.IsSearchable).Select(parameter => parameter.Code).Order(StringComparer.Ordinal)], ConditionalCreate: true, UpdateCreate: true)
            {
                Operations = [.. OperationsFeature.Of(type), .. ExportFeature.Of(type)],
                Documentation = ViewsFeature.DocumentationOf(type),
            })
            .Select(SubscriptionsFeature.Of);
        Statement = CapabilityStatementBuilder.Build(new ServerCapability(
            Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0",
            server.Url,
            settings.Name,
            time.GetUtcNow(),
            FhirForm.Formats,
            [CapabilityStatement.SystemRestfulInteraction.Transaction, CapabilityStatement.SystemRestfulInteraction.Batch, CapabilityStatement.SystemRestfulInteraction.HistorySystem],
            [.. types])
        {
            Operations = [ExportFeature.OfSystem],
            Authorization = (authorization.Root + SmartAddresses.AuthorizePath, authorization.Token),
        });
    }

    /// <summary>Shared: it is not to be changed.</summary>
    public CapabilityStatement Statement { get; }

    public FhirAnswer Answer() => FhirAnswer.Of(StatusCodes.Status200OK, Statement);
}
