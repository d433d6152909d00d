namespace EhrLedger.Consent.Subjects;

/// <summary>
/// A class of health data that a patient decides on as one. A record has exactly one: the most sensitive that applies.
/// The number goes into key derivation and never changes; the ledger never shows it.
/// </summary>
public enum Category : byte
{
    /// <summary>Who the patient is: Patient, RelatedPerson, Person.</summary>
    Demographics = 1,

    /// <summary>Diagnoses, allergies, risks, goals and plans of care.</summary>
    Problems = 2,

    /// <summary>Prescriptions, dispenses, administrations, statements.</summary>
    Medications = 3,

    /// <summary>Laboratory results, specimens and their reports.</summary>
    Laboratory = 4,

    /// <summary>Vital signs, surveys and other observations of the body.</summary>
    Observations = 5,

    /// <summary>Imaging studies, media and their reports.</summary>
    Imaging = 6,

    /// <summary>Immunizations and recommendations for them.</summary>
    Immunizations = 7,

    /// <summary>Procedures, devices, implants, transfusions, transplants and what was ordered for them.</summary>
    Procedures = 8,

    /// <summary>Encounters, episodes, appointments, care teams.</summary>
    Encounters = 9,

    /// <summary>Documents, letters, questionnaires, provenance and whatever has no closer category.</summary>
    Documents = 10,

    /// <summary>Coverage, claims, payments.</summary>
    Financial = 11,

    /// <summary>Social history: housing, occupation, education, violence.</summary>
    SocialHistory = 12,

    /// <summary>Psychiatry and psychotherapy.</summary>
    MentalHealth = 20,

    /// <summary>Alcohol, tobacco and drug use and treatment for it.</summary>
    SubstanceUse = 21,

    /// <summary>Pregnancy, contraception, abortion, sexual health.</summary>
    ReproductiveHealth = 22,

    /// <summary>HIV and other sexually transmitted infections.</summary>
    SexuallyTransmittedInfections = 23,

    /// <summary>Sequences, variants, genetic tests and counselling.</summary>
    Genetics = 24,
}
